a: s bd cutoff 2khz gain -6dB
b: s "bd*2" nudge "0 20ms"
c: s bd cutoff 300Hz
d: s bd gain 80%
e: s "bd*4" n "irand 32"
f: s bd cutoff "sine"
g: s bd n e4
h: s bd decay 2s
i: s bd cutoff 2kk
j: s bd cutoff hz
k: s "bd%4"
