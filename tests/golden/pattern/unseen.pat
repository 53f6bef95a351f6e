kick: s "bd sn"
﻿snare: s "sn"
hat:​ s "hh" // comments may have it
