# monit: `monitrc`; it tells of its own start, and the log tells what became of the mail.
chmod 600 monitrc
monit -I -c monitrc -l log -s state -p pid > /dev/null 2>&1 &
while ! grep -qE 'Mail:|Alert|error|Monit started|cannot' log; do sleep 0.05; done
sleep 1
kill $!
cat log
! grep -qE 'Mail: |error' log
