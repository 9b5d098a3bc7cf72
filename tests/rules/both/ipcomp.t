# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-p ipcomp -m ipcomp --ipcompspi 18;=;OK
-p ipcomp -m ipcomp --ipcompspi 0:65535;=;OK
-p ipcomp -m ipcomp ! --ipcompspi 18 -j DROP;=;OK
-p 108 -m ipcomp --ipcompspi 0x20:0x40;-p ipcomp -m ipcomp --ipcompspi 32:64;OK
-p ipcomp -m ipcomp --ipcompspi 4294967295;=;OK
-p ipcomp -m ipcomp --ipcompspi 7 --compres;=;OK
-p ipcomp -m ipcomp --ipcompspi 4294967296;;FAIL
-p ipcomp -m ipcomp --ipcompspi x;;FAIL
-p tcp -m ipcomp --ipcompspi 18;;FAIL
-m ipcomp --ipcompspi 18;;FAIL
-p ipcomp -m ipcomp --ipcompspi 18 --ipcompspi 19;;FAIL
