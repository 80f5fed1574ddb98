<?php
// One line in: {tool, folder, mode}; one line out: the variables that the loader gives a program, or {error}.
if (is_file('/usr/share/php/Symfony/Component/Dotenv/autoload.php')) {
    require '/usr/share/php/Symfony/Component/Dotenv/autoload.php';
}
if (is_file('/usr/share/php/Dotenv/autoload.php')) {
    require '/usr/share/php/Dotenv/autoload.php';
}
while (($line = fgets(STDIN)) !== false) {
    $asked = json_decode($line, true);
    $_ENV = [];
    $_SERVER = [];
    try {
        if ($asked['tool'] === 'symfony') {
            if ($asked['mode'] !== '') {
                $_SERVER['APP_ENV'] = $asked['mode'];
            }
            (new Symfony\Component\Dotenv\Dotenv())->loadEnv($asked['folder'] . '/.env', 'APP_ENV', 'nothing');
            $answer = $_ENV;
        } else {
            // Laravel reads `.env.<environment>` in place of `.env` where that file exists.
            $name = '.env' . ($asked['mode'] !== '' && is_file("{$asked['folder']}/.env.{$asked['mode']}") ? ".{$asked['mode']}" : '');
            $answer = Dotenv\Dotenv::createArrayBacked($asked['folder'], $name)->load();
        }
    } catch (Throwable $error) {
        $answer = ['error' => get_class($error) . ': ' . $error->getMessage()];
    }
    echo json_encode((object) $answer, JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}
