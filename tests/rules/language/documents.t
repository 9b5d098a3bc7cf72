# SPDX-License-Identifier: GPL-2.0-or-later
# Whole texts. Each runs in both families, so the rules must be valid in both.
raw:*filter\n-A INPUT -p tcp -j DROP\nCOMMIT\n;-A INPUT -p tcp -j DROP;OK
raw:*filter\n-A INPUT -p tcp -j DROP\nCOMMIT;-A INPUT -p tcp -j DROP;FAIL;accepted: an annotation need not end with a newline
raw:# a comment\n\n*filter\n# another\n-A INPUT -p tcp -j DROP\n\n# the end\nCOMMIT\n# after it\n;-A INPUT -p tcp -j DROP;OK
raw:*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p tcp -j DROP\nCOMMIT\n;-A INPUT -p tcp -j DROP;OK
raw:*filter\n:INPUT ACCEPT\n:mine -\n-A INPUT -j mine\n-A mine -p tcp -j RETURN\n-A mine -j DROP\nCOMMIT\n;-A INPUT -j mine\n-A mine -p tcp -j RETURN\n-A mine -j DROP;OK
raw:*raw\n-A OUTPUT -p tcp -j NOTRACK\nCOMMIT\n*mangle\n-A OUTPUT -p tcp -j MARK --set-mark 1\nCOMMIT\n*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports 5\nCOMMIT\n*filter\n-A OUTPUT -p tcp -j ACCEPT\nCOMMIT\n;-A OUTPUT -p tcp -j NOTRACK\n-A OUTPUT -p tcp -j MARK --set-xmark 0x1/0xffffffff\n-A OUTPUT -p tcp -j REDIRECT --to-ports 5\n-A OUTPUT -p tcp -j ACCEPT;OK
raw:*filter\n-A OUTPUT -p tcp -j ACCEPT\nCOMMIT\n*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports 5\nCOMMIT\n;-A OUTPUT -p tcp -j ACCEPT\n-A OUTPUT -p tcp -j REDIRECT --to-ports 5;OK
raw:*security\n-A OUTPUT -p tcp -j DROP\nCOMMIT\n;-A OUTPUT -p tcp -j DROP;OK
raw:*nat\n:mine - [0:0]\n-A PREROUTING -p tcp -j mine\n-A INPUT -p tcp\n-A OUTPUT -p tcp -g mine\n-A POSTROUTING -j MASQUERADE\n-A mine -p tcp -j REDIRECT\nCOMMIT\n;-A PREROUTING -p tcp -j mine\n-A INPUT -p tcp\n-A OUTPUT -p tcp -g mine\n-A POSTROUTING -j MASQUERADE\n-A mine -p tcp -j REDIRECT;OK
-4 raw:*filter\n-4 -A INPUT -s 10.0.0.1 -j DROP\n-6 -A INPUT -s 2001:db8::1 -j DROP\nCOMMIT\n;-A INPUT -s 10.0.0.1/32 -j DROP;OK
-6 raw:*filter\n-4 -A INPUT -s 10.0.0.1 -j DROP\n-6 -A INPUT -s 2001:db8::1 -j DROP\nCOMMIT\n;-A INPUT -s 2001:db8::1/128 -j DROP;OK
-4 raw:*filter\n-4 -A INPUT -p icmp -j DROP\n-6 -A INPUT -p icmpv6 -j DROP\n-A INPUT -p tcp -j DROP\nCOMMIT\n;-A INPUT -p icmp -j DROP\n-A INPUT -p tcp -j DROP;OK
-6 raw:*filter\n-4 -A INPUT -p icmp -j DROP\n-6 -A INPUT -p icmpv6 -j DROP\n-A INPUT -p tcp -j DROP\nCOMMIT\n;-A INPUT -p ipv6-icmp -j DROP\n-A INPUT -p tcp -j DROP;OK
-4 raw:*filter\n-A INPUT -4 -s 10.0.0.1 -j DROP\n-A INPUT -p tcp -s 2001:db8::1 -6 -j DROP\n-A INPUT -p udp\nCOMMIT\n;-A INPUT -s 10.0.0.1/32 -j DROP\n-A INPUT -p udp;OK;refused: -4 and -6 stand before the rule
-6 raw:*filter\n-A INPUT -4 -s 10.0.0.1 -j DROP\n-A INPUT -p tcp -s 2001:db8::1 -6 -j DROP\n-A INPUT -p udp\nCOMMIT\n;-A INPUT -s 2001:db8::1/128 -p tcp -j DROP\n-A INPUT -p udp;OK;refused: -4 and -6 stand before the rule
-4 raw:*filter\n--ipv4 -A INPUT -s 10.0.0.1 -j DROP\n--ipv6 -A INPUT -s 2001:db8::1 -j DROP\n-A INPUT -p udp\nCOMMIT\n;-A INPUT -s 10.0.0.1/32 -j DROP\n-A INPUT -p udp;OK
-6 raw:*filter\n--ipv4 -A INPUT -s 10.0.0.1 -j DROP\n--ipv6 -A INPUT -s 2001:db8::1 -j DROP\n-A INPUT -p udp\nCOMMIT\n;-A INPUT -s 2001:db8::1/128 -j DROP\n-A INPUT -p udp;OK
raw:*filter\r\n-A INPUT -p tcp -j DROP\r\nCOMMIT\r\n;;FAIL
raw:*filter\n-A INPUT -p tcp -j NO_SUCH\nCOMMIT\n;;FAIL
raw:*no-such-table\n-A INPUT -p tcp -j DROP\nCOMMIT\n;;FAIL
raw:*Filter\n-A INPUT -p tcp -j DROP\nCOMMIT\n;;FAIL
raw:*\n-A INPUT -p tcp -j DROP\nCOMMIT\n;;FAIL
raw:-A INPUT -p tcp -j DROP\nCOMMIT\n;;FAIL
raw:COMMIT\n;;FAIL
raw:*filter\n--app INPUT -p tcp\nCOMMIT\n;-A INPUT -p tcp;OK;refused: getopt abbreviation
raw:*filter\n-p tcp -A INPUT -j DROP\nCOMMIT\n;-A INPUT -p tcp -j DROP;OK
raw:*filter\n-A INPUT -p tcp -j DROP\nCOMMIT\n-A INPUT -p udp -j DROP\n;;FAIL
raw:*filter\n-A INPUT -p tcp -j DROP\n*nat\n-A OUTPUT -p tcp -j REDIRECT\nCOMMIT\n;;FAIL
raw:*filter\n-A INPUT -p tcp -j DROP\nCOMMIT now\n;;FAIL
raw:*filter\n-A INPUT -p tcp -j DROP\ncommit\n;;FAIL
raw:*filter\nCOMMIT\nnonsense\n;;FAIL
raw:*filter\n:two words here and more\nCOMMIT\n;;FAIL
raw:*filter\n:\n-A INPUT -p tcp\nCOMMIT\n;;FAIL
raw:*nat\n-A FORWARD -p tcp -j ACCEPT\nCOMMIT\n;;FAIL
raw:*raw\n-A INPUT -p tcp -j ACCEPT\nCOMMIT\n;;FAIL
raw:*filter\nCOMMIT\n;;OK;refused: a text without a rule
raw:*filter\n-A INPUT -p tcp -j DROP\n;;FAIL
raw:*filter\n-A INPUT -p tcp -j DROP\nCOMMIT\n*nat\n-A OUTPUT -p tcp -j REDIRECT\n;;FAIL
raw:*filter\n;;FAIL
raw:\n;;OK;refused: a text without a rule
raw:# only a comment\n;;OK;refused: a text without a rule
