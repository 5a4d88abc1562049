"""``python -m routewright`` is the command line."""

import sys

from routewright.cli.main import main

sys.exit(main())
