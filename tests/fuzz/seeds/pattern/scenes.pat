bpm 120
swing 0.1
hall = line room 0.5 orbit 5 mute
echo = line delay 0.4 delaytime 0.3 delayfeedback 0.5 volume 0.9 pan 0.4 lrate 2 lsize 0.5
kick: s "bd*4" on hall
snare: s "~ sn" on echo send hall 0.5
scene one
bpm 90
hall = line room 0.9 solo
kick: s "bd" on hall send echo 0.1
mute kick
scene two
third = line size 0.1
hat: s "hh*8" on third send echo 0.2
solo hat
song main one@2 two@4096
