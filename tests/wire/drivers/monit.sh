# monit: `monitrc`; it tells of its own start, and the log tells what became of the mail.
chmod 600 monitrc
touch log
monit -I -c monitrc -l "$PWD/log" -s "$PWD/state" -p "$PWD/pid" > said 2>&1 &
while ! grep -qE "started|error" log said; do sleep 0.05; done
sleep 1.5
kill $!
cat log said
! grep -qE 'Mail: |SMTP: |error' log said
