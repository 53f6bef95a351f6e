a: midi 1 note "c4 e4" velocity "1 0.5" cc7 100 cc10 64 program 5 bend -100
b: midi 2 cc1 "0 .. 3" bend "0 8191" pressure "<10 20>"
c: midi 3 note "c4" cc74 sine 20..110 per 2 cc75 saw 0..127 bend tri -8192..8191 pressure sine 0..127
d: midi 4 note c4
e: midi 5 note "c4*4" cc7 "<0 127>" late 0.25
solo a
f: midi 6 cc7 "<1 1>"
