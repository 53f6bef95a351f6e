k: s "bd*4"
song main 4 main*8
