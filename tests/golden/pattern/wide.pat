a: s bd cutoff sine
b: midi 1 note c4 cc74 sine per 3
c: midi 1 note "c4*4" bend tri
d: s superpiano note "c4*2" note saw
e: s bd mod cutoff sine
