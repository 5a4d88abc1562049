Route #1: 4 1 6
Route #2: 5 2 7
Route #3: 3 8
Cost 4782
