package wire;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.mail.SimpleMailMessage;
import org.springframework.mail.javamail.JavaMailSender;

/** Spring Boot's mail starter: application.properties. */
@SpringBootApplication
public class Send {
    public static void main(String[] arguments) {
        SimpleMailMessage message = new SimpleMailMessage();
        message.setFrom("from@example.test");
        message.setTo("to@example.test");
        message.setSubject("log");
        message.setText("the text of the mail");
        try (ConfigurableApplicationContext context = SpringApplication.run(Send.class)) {
            context.getBean(JavaMailSender.class).send(message);
        }
    }
}
