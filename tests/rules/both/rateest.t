# SPDX-License-Identifier: GPL-2.0-or-later
# The estimators RE1 and RE2 are made by rules of the same text.
:INPUT
*filter
-m rateest;;FAIL
-m rateest --rateest there-is-no-such-estimator --rateest-bps 8bit --rateest-lt;;FAIL
-m rateest --rateest RE1 --rateest-lt;;FAIL
-m rateest --rateest RE1 --rateest-bps 8bit;;FAIL
-m rateest --rateest RE1 --rateest-bps 8bit --rateest-lt --rateest-gt;;FAIL
-m rateest --rateest RE1 --rateest-bps fast --rateest-lt;;FAIL
-m rateest --rateest-bps 8bit --rateest-lt;;FAIL
-m rateest --rateest1 RE1 --rateest-lt --rateest2;;FAIL
-m rateest --rateest;;FAIL
+-A {chain} -j RATEEST --rateest-name RE1 --rateest-interval 250ms --rateest-ewmalog 500ms
+-A {chain} -j RATEEST --rateest-name RE2 --rateest-interval 250ms --rateest-ewmalog 500ms
-m rateest --rateest RE1 --rateest-bps 8bit --rateest-lt;-j RATEEST --rateest-name RE1 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-j RATEEST --rateest-name RE2 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-m rateest --rateest RE1 --rateest-lt --rateest-bps 8bit;OK
-m rateest --rateest RE1 --rateest-pps 5 --rateest-gt;-j RATEEST --rateest-name RE1 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-j RATEEST --rateest-name RE2 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-m rateest --rateest RE1 --rateest-gt --rateest-pps 5;OK
-m rateest --rateest RE1 --rateest-bps 8bit ! --rateest-eq;-j RATEEST --rateest-name RE1 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-j RATEEST --rateest-name RE2 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-m rateest --rateest RE1 ! --rateest-eq --rateest-bps 8bit;OK
-m rateest --rateest RE1 --rateest-bps 1kbit ! --rateest-gt;-j RATEEST --rateest-name RE1 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-j RATEEST --rateest-name RE2 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-m rateest --rateest RE1 ! --rateest-gt --rateest-bps 1000bit;OK
-m rateest --rateest1 RE1 --rateest-lt --rateest2 RE2 --rateest-bps;-j RATEEST --rateest-name RE1 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-j RATEEST --rateest-name RE2 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-m rateest --rateest1 RE1 --rateest-lt --rateest-bps --rateest2 RE2;OK
-m rateest --rateest1 RE1 --rateest-gt --rateest2 RE2 --rateest-pps;-j RATEEST --rateest-name RE1 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-j RATEEST --rateest-name RE2 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-m rateest --rateest1 RE1 --rateest-gt --rateest-pps --rateest2 RE2;OK
-m rateest --rateest-delta --rateest1 RE1 --rateest-bps1 8bit --rateest-lt --rateest2 RE2 --rateest-bps2 16bit;-j RATEEST --rateest-name RE1 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-j RATEEST --rateest-name RE2 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-m rateest --rateest-delta --rateest1 RE1 --rateest-bps1 8bit --rateest-lt --rateest-bps2 16bit --rateest2 RE2;OK
-m rateest --rateest-delta --rateest1 RE1 --rateest-pps1 8 --rateest-gt --rateest2 RE2 --rateest-pps2 9;-j RATEEST --rateest-name RE1 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-j RATEEST --rateest-name RE2 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms\n-m rateest --rateest-delta --rateest1 RE1 --rateest-pps1 8 --rateest-gt --rateest-pps2 9 --rateest2 RE2;OK
