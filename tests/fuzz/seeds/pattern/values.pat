// what becomes the track's, what an event's own
one:   s "bd:3*2"
two:   s "bd:<1 2> sn"
three: s "[bd,hh]*2" n "1 2"
four:  s bd:2 gain 0.8 pan "0.5"
five:  n "0 1" s superpiano
six:   s "a b" vowel "a e" cut 1 foo 3 bar "x y" orbit 2
seven: s "bd sn" gain "0.5 ~"
eight: s "bd" gain "[0.5,0.7]"
nine:  s bd
ten:   s "808 ~ c#x"
rest:  s "~"
twice: s "bd" gain 0.1 gain 0.2
cont:  s "hh*3"
    // the statement goes on
    gain 0.5

    pan 0.2
