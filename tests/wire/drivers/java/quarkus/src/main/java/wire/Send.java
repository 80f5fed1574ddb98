package wire;

import io.quarkus.mailer.Mail;
import io.quarkus.mailer.Mailer;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import jakarta.inject.Inject;

/** Quarkus' mailer: config/application.properties. */
@QuarkusMain
public class Send implements QuarkusApplication {
    @Inject Mailer mailer;

    @Override
    public int run(String... arguments) {
        mailer.send(Mail.withText("to@example.test", "log", "the text of the mail"));
        return 0;
    }
}
