c4:    s superpiano note "c4 c c#4 e#4 eb3 cs5 df4 60 -0" legato 1
up:    s superpiano note "c4 e4" up "0 <12 -12>"
drum:  s "bd*2" up "0 7"
whole: s superpiano note sine 48..72
mid:   midi 16 note "c-1 g9"
