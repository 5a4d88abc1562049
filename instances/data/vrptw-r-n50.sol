Route #1: 1 31 27 43 16 8
Route #2: 20 18 23
Route #3: 41 14 45
Route #4: 37 32 40 5
Route #5: 11 36 42 48
Route #6: 33 7 24 30 34
Route #7: 19 17 29 44 28
Route #8: 50 25 2 4
Route #9: 22 15 49 10 3
Route #10: 35 21 26
Route #11: 9 38 46
Route #12: 13 6 39 12 47
Cost 1330.242667
