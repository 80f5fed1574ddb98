# Perl's Net::SMTP: the arguments of new() and how starttls() is called, in config.json.
use strict;
use warnings;
use JSON::PP;
use Net::SMTP;
open my $file, '<', 'config.json' or die;
my $given = decode_json(join '', <$file>);
my %config = %{ $given->{config} };
my $starttls = delete $config{starttls};
my %arguments = map { $_ => ref $config{$_} ? "$config{$_}" + 0 : $config{$_} } keys %config;
my %verify = exists $arguments{SSL_verify_mode} ? (SSL_verify_mode => $arguments{SSL_verify_mode}) : ();
my $link = Net::SMTP->new($given->{host}, Port => $given->{port}, %arguments) or die "connection: $@\n";
if ($starttls) {
    my $secure = $link->starttls(%verify);
    die 'starttls: ' . $link->message . " $@\n" if !$secure && $starttls eq 'checked';
}
$link->auth($given->{username}, $given->{password}) or die 'auth: ' . $link->message . "\n";
$link->mail('from@example.test') && $link->to('to@example.test') && $link->data("Subject: log\n\nthe text of the mail\n")
    or die 'mail: ' . $link->message . "\n";
$link->quit;
