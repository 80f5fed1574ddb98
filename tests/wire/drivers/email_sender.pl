# Email::Sender: the arguments of its SMTP transport in config.json.
use strict;
use warnings;
use JSON::PP;
use Email::Sender::Simple qw(sendmail);
use Email::Sender::Transport::SMTP;
open my $file, '<', 'config.json' or die;
my $given = decode_json(join '', <$file>);
my $transport = Email::Sender::Transport::SMTP->new({
    host => $given->{host},
    port => $given->{port},
    sasl_username => $given->{username},
    sasl_password => $given->{password},
    %{ $given->{config} },
});
sendmail("From: from\@example.test\nTo: to\@example.test\nSubject: log\n\nthe text of the mail\n", { transport => $transport });
