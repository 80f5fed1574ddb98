<?php
// Symfony Mailer: MAILER_DSN in .env.
require "Symfony/Component/Mailer/autoload.php";
$dsn = trim(explode("=", file_get_contents(".env"), 2)[1], "\"\n");
$transport = Symfony\Component\Mailer\Transport::fromDsn($dsn);
$mail = (new Symfony\Component\Mime\Email())->from("from@example.test")->to("to@example.test")->subject("log")->text("the text of the mail");
(new Symfony\Component\Mailer\Mailer($transport))->send($mail);
