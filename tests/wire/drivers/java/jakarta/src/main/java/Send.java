import jakarta.mail.Message;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.FileInputStream;
import java.io.InputStream;
import java.util.Properties;

/** JavaMail, Jakarta Mail, Angus Mail: the session's properties in mail.properties. For JavaMail the package is called javax.mail. */
public final class Send {
    public static void main(String[] arguments) throws Exception {
        Properties settings = new Properties();
        try (InputStream stream = new FileInputStream("mail.properties")) {
            settings.load(stream);
        }
        String family = "mail." + settings.getProperty("mail.transport.protocol", "smtp") + ".";
        Session session = Session.getInstance(settings);
        MimeMessage message = new MimeMessage(session);
        message.setFrom(new InternetAddress("from@example.test"));
        message.setRecipients(Message.RecipientType.TO, "to@example.test");
        message.setSubject("log");
        message.setText("the text of the mail");
        message.saveChanges();
        Transport transport = session.getTransport();
        transport.connect(settings.getProperty(family + "user"), settings.getProperty(family + "password"));
        transport.sendMessage(message, message.getAllRecipients());
        transport.close();
    }
}
