a: midi 1 note "0 3 7"
b: s superpiano note "<0 [4 7]>"
c: midi 1 note "0 3 7" up 48
d: midi 1 note "0 36"
