a: s "bd*4" gain "0.9 0,5 100 2"
b: s bd gain -6
c: s "bd*2" gain sine 0..4
d: s bd gain 2
