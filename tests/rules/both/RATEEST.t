# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-j RATEEST --rateest-name RE1 --rateest-interval 250ms --rateest-ewmalog 500ms;-j RATEEST --rateest-name RE1 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-j RATEEST --rateest-name RE1 --rateest-interval 1s --rateest-ewmalog 2s;-j RATEEST --rateest-name RE1 --rateest-interval 1.0s --rateest-ewmalog 2.0s;OK
-j RATEEST --rateest-name RE1 --rateest-interval 250000us --rateest-ewmalog 1;;FAIL
-j RATEEST;;FAIL
-j RATEEST --rateest-name RE1 --rateest-interval 250ms;;FAIL
-j RATEEST --rateest-name RE1 --rateest-ewmalog 500ms;;FAIL
-j RATEEST --rateest-interval 250ms --rateest-ewmalog 500ms;;FAIL
-j RATEEST --rateest-name RE1 --rateest-interval 100ms --rateest-ewmalog 200ms;-j RATEEST --rateest-name RE1 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-j RATEEST --rateest-name RE1 --rateest-interval 60s --rateest-ewmalog 500ms;;FAIL
-j RATEEST --rateest-name RE1 --rateest-interval x --rateest-ewmalog 500ms;;FAIL
-j RATEEST --rateest-name RE1 --rateest-interval 500ms --rateest-ewmalog 250ms;;FAIL
-j RATEEST --rateest-name aaaaaaaaaaaaaaaaaaaaaaaaa --rateest-interval 250ms --rateest-ewmalog 500ms;-j RATEEST --rateest-name aaaaaaaaaaaaaaa --rateest-interval 250.0ms --rateest-ewmalog 500.0ms;OK
-j RATEEST --rateest-name a --rateest-name b --rateest-interval 250ms --rateest-ewmalog 500ms;;FAIL
