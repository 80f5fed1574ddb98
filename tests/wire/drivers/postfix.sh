# Postfix: `main.cf`, put where it looks for it, with what has nothing to do with the connection; one mail through its queue.
cat main.cf - > /etc/postfix/main.cf << 'END'
myhostname = client.example.test
mydestination =
inet_interfaces =
inet_protocols = ipv4
smtp_host_lookup = native
queue_directory = /var/spool/postfix
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
data_directory = /var/spool/postfix-data
mail_owner = postfix
setgid_group = postdrop
maillog_file = /dev/stdout
END
sed -i '/^inet_interfaces/d' /etc/postfix/main.cf
cat > /etc/postfix/master.cf << 'END'
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
END
mkdir -p /var/spool/postfix /var/spool/postfix-data
chown postfix /var/spool/postfix-data
postfix start-fg > log 2>&1 &
while ! grep -q 'daemon started' log; do sleep 0.05; done
sendmail -f from@example.test to@example.test
while ! grep -qE 'status=(sent|deferred|bounced)|fatal|panic' log; do sleep 0.05; done
cat log
grep -q status=sent log
