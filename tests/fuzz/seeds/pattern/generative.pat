// Left to chance, and the same each time: another seed is another piece.
seed 1729
bpm 104
hall = line room 0.6 size 0.8 dry 0.3

kick:  s "bd? ~ bd?0.7 ~ bd ~ bd?0.3 ~"
perc:  s "[hh|hh:1|~]*8" gain rand 0.3..0.7 pan rand
wood:  s "<cp(3,8)? cp(5,16)?0.6>" speed perlin 0.8..1.3 gain 0.5 send hall 0.3
bass:  s superpwm note "[c2|eb2|g1] [c2|f2]?" legato 0.8 cutoff rand 300..1200 gain 0.75
melody: s superpiano note "<c4 eb4 f4 g4 bb4 c5>*<4 6 8>?0.4" up "0|12|0|7" legato perlin 0.4..1.6
    gain perlin 0.4..0.9 per 2 on hall
