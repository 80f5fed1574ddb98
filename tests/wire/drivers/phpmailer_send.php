<?php
// PHPMailer: its properties in config.json.
foreach (["Exception", "SMTP", "PHPMailer"] as $name) {
    require "$argv[1]/$name.php";
}
$given = json_decode(file_get_contents("config.json"), true);
$mail = new PHPMailer\PHPMailer\PHPMailer(true);
$mail->isSMTP();
$mail->SMTPAuth = true;
$mail->Host = $given["host"];
$mail->Port = $given["port"];
$mail->Username = $given["username"];
$mail->Password = $given["password"];
foreach ($given["config"] as $name => $value) {
    $mail->$name = $value;
}
$mail->setFrom("from@example.test");
$mail->addAddress("to@example.test");
$mail->Subject = "log";
$mail->Body = "the text of the mail";
$mail->send();
