//! lettre, as programs call it; config.json says how: by its connection URL, or by the words of its builder.

use std::{error::Error, fs, process::ExitCode};

use lettre::{
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
    Message, SmtpTransport, Transport,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Settings {
    host: String,
    port: u16,
    username: String,
    password: String,
    config: Config,
}

#[derive(Deserialize)]
struct Config {
    url: Option<String>,
    #[serde(default)]
    tls: String,
    #[serde(default)]
    accept_invalid_certs: bool,
    #[serde(default)]
    accept_invalid_hostnames: bool,
}

fn transport(given: &Settings) -> Result<SmtpTransport, Box<dyn Error>> {
    if let Some(url) = &given.config.url {
        return Ok(SmtpTransport::from_url(url)?.build());
    }
    let parameters = || {
        TlsParameters::builder(given.host.clone())
            .dangerous_accept_invalid_certs(given.config.accept_invalid_certs)
            .dangerous_accept_invalid_hostnames(given.config.accept_invalid_hostnames)
            .build()
    };
    let tls = match given.config.tls.as_str() {
        "wrapper" => Tls::Wrapper(parameters()?),
        "required" => Tls::Required(parameters()?),
        "opportunistic" => Tls::Opportunistic(parameters()?),
        "none" => Tls::None,
        other => return Err(format!("configuration: no such word: {other}").into()),
    };
    let credentials = Credentials::new(given.username.clone(), given.password.clone());
    Ok(SmtpTransport::builder_dangerous(&given.host).port(given.port).tls(tls).credentials(credentials).build())
}

fn send() -> Result<(), Box<dyn Error>> {
    let given: Settings = serde_json::from_str(&fs::read_to_string("config.json")?)?;
    let message = Message::builder()
        .from("from@example.test".parse()?)
        .to("to@example.test".parse()?)
        .subject("log")
        .body(String::from("the text of the mail"))?;
    transport(&given)?.send(&message)?;
    Ok(())
}

fn main() -> ExitCode {
    match send() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}
