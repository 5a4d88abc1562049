"""Files of rows of numbers: Solomon, Li-Lim, Sartori-Buriol, Cordeau, Schneider."""
