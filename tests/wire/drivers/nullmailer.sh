# nullmailer: `remotes`, put where it looks for them. One round of its queue runner.
mkdir -p /etc/nullmailer /var/spool/nullmailer/queue /var/spool/nullmailer/tmp /var/spool/nullmailer/failed
cp nullmailer/remotes /etc/nullmailer/remotes
mkfifo /var/spool/nullmailer/trigger
chown -R mail /var/spool/nullmailer
nullmailer-inject -f from@example.test to@example.test || exit 1
nullmailer-send > log 2>&1 &
while ! grep -qE 'Sent file|Delivery complete|[Ff]ailed|error' log; do sleep 0.05; done
kill $!
cat log
if ls /var/spool/nullmailer/queue | grep -q .; then exit 1; fi
