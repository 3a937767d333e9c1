//! The broker: its address, and connections to it.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::runtime;
use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};
use lapin::types::{FieldTable, ShortString};
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, ErrorKind};
use tokio::time::{sleep, timeout};
use url::form_urlencoded;

use crate::error::{Error, Result};
use crate::trust;

/// Seconds between two signs of life. A broker or a client that has given none for twice that long is gone.
const HEARTBEAT: u16 = 5;

/// The parameters of an address that name a file of certificates to trust, that of a certificate to show, and that of its key.
const FILES: [&str; 3] = ["cacertfile", "certfile", "keyfile"];

/// How long a broker may take to make a connection, with all that is wanted of it.
const CONNECT_TIME: Duration = Duration::from_secs(4);

/// How long it may take to close one.
pub(crate) const CLOSE_TIME: Duration = Duration::from_secs(2);

/// How long to wait before a lost connection is made again.
pub(crate) const PAUSE: Duration = Duration::from_millis(250);

/// Where a broker is, and who asks it. The password is never shown.
#[derive(Clone)]
pub(crate) struct Address {
    uri: AMQPUri,
    /// The certificates that a broker's may come from, where it is reached by TLS.
    trusted: Option<Arc<str>>,
    /// What the broker is shown, where it asks for a certificate.
    identity: Option<Arc<OwnedIdentity>>,
}

impl Address {
    /// Reads `amqp://user:password@host:port/vhost`, or `amqps://`, which may end with `?cacertfile=/path/to/authority.pem`, and with
    /// `&certfile=/path/to/own.pem&keyfile=/path/to/own.key`: RabbitMQ's own parameters for the file of certificates to trust, and those of
    /// the certificate to show and its key.
    ///
    /// # Errors
    ///
    /// If it is no such address, there are no certificates to trust, or none to show where one is named. Neither the text nor a reason that may quote it is repeated: there may be a password in it.
    pub(crate) fn parse(url: &str) -> Result<Address> {
        let none = || {
            Error::Setting(
                "this is no address of a broker: one is written amqp://user:password@host:port/vhost, or amqps://, and / in a name or password is %2f, @ in a virtual host %40".to_owned(),
            )
        };
        // A password with a / would end before it, and its begin be taken for a port, which errors show.
        let after_host = url
            .split_once("://")
            .and_then(|(_, it)| it.find(['/', '?', '#']).map(|place| &it[place..]));
        if after_host.is_some_and(|rest| rest.contains('@')) {
            return Err(none());
        }
        let mut uri: AMQPUri = url.parse().map_err(|_| none())?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        let time = CONNECT_TIME.as_millis() as u64;
        uri.query.connection_timeout.get_or_insert(time);
        let query = url.split('#').next().unwrap_or_default().split_once('?');
        let file = |name: &str| {
            let mut pairs = form_urlencoded::parse(query?.1.as_bytes());
            pairs.find_map(|(it, value)| (it == name).then_some(value))
        };
        let [authority, certificate, key] = FILES.map(file);
        let refuse = |text: &str| Err(Error::Setting(text.to_owned()));
        let (mut trusted, mut identity) = (None, None);
        match (&uri.scheme, &authority, &certificate, &key) {
            (AMQPScheme::AMQP, None, None, None) => {}
            (AMQPScheme::AMQP, ..) => {
                return refuse(
                    "the file of a certificate or key is named, and the broker's address begins with amqp://: TLS is amqps://",
                );
            }
            (_, _, Some(_), None) | (_, _, None, Some(_)) => {
                return refuse(
                    "a certificate is shown with its key: name both files, by --cert and --key, or CLUSTER_CERT and CLUSTER_KEY",
                );
            }
            (AMQPScheme::AMQPS, authority, certificate, key) => {
                trusted = Some(match authority {
                    Some(file) => trust::named(Path::new(&**file))?.into(),
                    None => trust::of_this_machine()?.into(),
                });
                if let (Some(certificate), Some(key)) = (certificate, key) {
                    let shown = trust::identity(Path::new(&**certificate), Path::new(&**key))?;
                    identity = Some(Arc::new(shown));
                }
            }
        }
        Ok(Address {
            uri,
            trusted,
            identity,
        })
    }

    pub(crate) fn host(&self) -> &str {
        &self.uri.authority.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.uri.authority.port
    }

    pub(crate) fn user(&self) -> &str {
        &self.uri.authority.userinfo.username
    }

    pub(crate) fn vhost(&self) -> &str {
        &self.uri.vhost
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        matches!(self.uri.scheme, AMQPScheme::AMQPS)
    }

    /// Connects, under a name that the broker shows. It may take for ever: see [`in_time`](Address::in_time).
    ///
    /// # Errors
    ///
    /// If the broker cannot be reached, or refuses.
    pub(crate) async fn connect(&self, name: &str) -> lapin::Result<Connection> {
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let tls = OwnedTLSConfig {
            identity: self.identity.as_deref().cloned(),
            cert_chain: self.trusted.as_deref().map(str::to_owned),
        };
        let runtime = runtime::default_runtime()?;
        Connection::connect_uri_with_config(self.uri.clone(), properties, tls, runtime).await
    }

    /// Waits for what the broker has to do: for all of it no longer than [`CONNECT_TIME`].
    ///
    /// # Errors
    ///
    /// If that does not succeed in time.
    pub(crate) async fn in_time<T>(
        &self,
        answer: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T> {
        match timeout(CONNECT_TIME, answer).await {
            Ok(answer) => answer.map_err(|error| self.explain(&error)),
            Err(_) => Err(Error::Broker(format!(
                "the broker at {self} does not answer within {} s: is it RabbitMQ, is there a firewall between, or has it no memory or disk space left?",
                CONNECT_TIME.as_secs()
            ))),
        }
    }

    /// What an error of the broker means, and what to do.
    pub(crate) fn explain(&self, error: &lapin::Error) -> Error {
        let hard = |kind: &AMQPErrorKind, it: AMQPHardError| *kind == AMQPErrorKind::Hard(it);
        let soft = |kind: &AMQPErrorKind, it: AMQPSoftError| *kind == AMQPErrorKind::Soft(it);
        Error::Broker(match error.kind() {
            ErrorKind::IOError(error) => self.unreachable(error),
            ErrorKind::ProtocolError(error) => {
                let (kind, said) = (error.kind(), error.get_message());
                if soft(kind, AMQPSoftError::ACCESSREFUSED) {
                    format!(
                        "the broker at {self} refuses user `{}`: give a user and a password that it knows, with rights to virtual host `{}` ({said})",
                        self.user(),
                        self.vhost()
                    )
                } else if hard(kind, AMQPHardError::NOTALLOWED) {
                    format!(
                        "the broker at {self} has no virtual host `{0}` for user `{1}`: name another at the end of the address, or run `rabbitmqctl add_vhost {0}` and `rabbitmqctl set_permissions -p {0} {1} '.*' '.*' '.*'`",
                        self.vhost(),
                        self.user()
                    )
                } else if soft(kind, AMQPSoftError::PRECONDITIONFAILED) {
                    format!(
                        "a queue on {self} is declared otherwise: name another with --queue, or delete that one ({said})"
                    )
                } else {
                    format!("the broker at {self} refuses: {said}")
                }
            }
            ErrorKind::ParsingError(_) | ErrorKind::InvalidProtocolVersion(_) => format!(
                "what listens at {self} does not speak AMQP 0.9.1: is it RabbitMQ, at its port for {}?",
                self.scheme()
            ),
            _ => format!("the connection to the broker at {self} failed: {error}"),
        })
    }

    /// Why there is no connection, and one piece of advice.
    fn unreachable(&self, error: &io::Error) -> String {
        let text = error.to_string();
        let other = "name another with --broker or CLUSTER_BROKER";
        match error.kind() {
            io::ErrorKind::ConnectionRefused => {
                format!("nothing listens at {self}: start RabbitMQ there, or {other}")
            }
            _ if text.contains("failed to lookup address") => {
                format!("no machine is known as `{}`: {other}", self.host())
            }
            // The broker says so, in TLS: it has the one or the other against the client's certificate.
            _ if text.contains("received fatal alert") => {
                let what = match self.identity {
                    None => {
                        "may want a certificate: name the file of yours by --cert or CLUSTER_CERT, and that of its key by --key or CLUSTER_KEY"
                    }
                    Some(_) => {
                        "does not take the certificate that --cert or CLUSTER_CERT names: name one from an authority that it trusts"
                    }
                };
                format!("the broker at {self} {what} ({text})")
            }
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => {
                format!(
                    "what listens at {self} has hung up: is it RabbitMQ, at its port for {}{}?",
                    self.scheme(),
                    match self.is_encrypted() {
                        true => ", and does it take what --cert or CLUSTER_CERT names",
                        false => "",
                    }
                )
            }
            // The second: one of the same name is trusted, and it is another.
            _ if ["UnknownIssuer", "BadSignature"]
                .iter()
                .any(|it| text.contains(it)) =>
            {
                format!(
                    "the certificate of the broker at {self} comes from an authority that is not trusted: name the file with that of its authority by --ca or CLUSTER_CA"
                )
            }
            _ if self.is_encrypted() => format!(
                "no TLS connection to {self}: {text}; is it the host that its certificate names, and its port for amqps?"
            ),
            _ => format!("no connection to {self}: {text}; {other}"),
        }
    }

    fn scheme(&self) -> &'static str {
        if self.is_encrypted() { "amqps" } else { "amqp" }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme(), self.host(), self.port())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A channel on which the broker confirms what is published.
pub(crate) async fn confirming(connection: &Connection) -> lapin::Result<Channel> {
    let channel = connection.create_channel().await?;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    Ok(channel)
}

/// Declares a queue of tasks, as Celery does: durable, with no arguments. How many messages wait in it.
pub(crate) async fn declare(channel: &Channel, queue: &str) -> lapin::Result<u32> {
    let options = QueueDeclareOptions::durable();
    let queue = ShortString::from(queue);
    let declared = channel
        .queue_declare(queue, options, FieldTable::default())
        .await?;
    Ok(declared.message_count())
}

/// The default queue of tasks.
pub(crate) const QUEUE: &str = "cluster";

/// The queue of dead letters beside a queue.
pub(crate) fn dead_letters(queue: &str) -> String {
    format!("{queue}.dead")
}

/// Deletes queues of tasks, with those of their dead letters and all that is in them: for queues that a program has made for a while.
///
/// # Errors
///
/// If the broker cannot be used, or the name of a queue is none.
pub fn delete_queues(broker: &str, queues: &[String]) -> Result<()> {
    let mut names = Vec::new();
    for queue in queues {
        let queue = queue_name(queue)?;
        names.push(dead_letters(&queue));
        names.push(queue);
    }
    let nothing = async |_: &Channel| Ok(());
    run(broker, nothing, async |address, channel, ()| {
        for name in &names {
            let options = QueueDeleteOptions::default();
            let deleting = channel.queue_delete(name.as_str().into(), options);
            address.in_time(deleting).await?;
        }
        Ok(())
    })
}

/// The name of a queue in a message, which may be anything: AMQP has room for 255 bytes.
///
/// # Errors
///
/// If it has more.
pub(crate) fn short(text: &str) -> Result<ShortString, String> {
    ShortString::try_new(text).map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        format!(
            "a name has at most 255 bytes, and this one {}: {shown}...",
            text.len()
        )
    })
}

/// The name of a queue of tasks, checked.
///
/// # Errors
///
/// If it is empty or has more than 250 bytes, so that `.dead` can be added.
pub(crate) fn queue_name(name: &str) -> Result<String> {
    match name.len() {
        1..=250 => Ok(name.to_owned()),
        _ => Err(Error::Setting(
            "the name of a queue has 1 to 250 bytes".to_owned(),
        )),
    }
}

/// Publishes a message to a queue, and waits until the broker has it: one that it has no room for is published again, after a pause.
///
/// # Errors
///
/// If the channel is lost before that: because the connection is, or because the message has more bytes than [the
/// broker takes](most_bytes).
pub(crate) async fn publish(
    channel: &Channel,
    queue: ShortString,
    properties: BasicProperties,
    body: &[u8],
) -> lapin::Result<()> {
    loop {
        let options = BasicPublishOptions::default();
        let (queue, properties) = (queue.clone(), properties.clone());
        let confirm = channel
            .basic_publish("".into(), queue, options, body, properties)
            .await?;
        if !confirm.await?.is_nack() {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
}

/// How many bytes a message may have, where a channel was closed because one had more. The broker tells nobody before, and then in a
/// sentence alone: "message size 2000 is larger than configured max size 1000".
pub(crate) fn most_bytes(error: &lapin::Error) -> Option<usize> {
    let ErrorKind::ProtocolError(error) = error.kind() else {
        return None;
    };
    let refused = AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED);
    let is_refused = *error.kind() == refused;
    let (_, sizes) = error
        .get_message()
        .as_str()
        .split_once("message size ")
        .filter(|_| is_refused)?;
    let sizes = sizes.split(|it: char| !it.is_ascii_digit());
    sizes.filter_map(|it| it.parse().ok()).nth(1)
}

/// A message to a queue.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub queue: ShortString,
    pub properties: BasicProperties,
    pub body: Vec<u8>,
}

impl Outgoing {
    /// Publishes it, and waits until the broker has it.
    ///
    /// # Errors
    ///
    /// If the connection is lost before that.
    pub(crate) async fn send(&self, channel: &Channel) -> lapin::Result<()> {
        let (queue, properties) = (self.queue.clone(), self.properties.clone());
        publish(channel, queue, properties, &self.body).await
    }
}

/// Does something with a broker that takes one connection, and waits for it: makes the connection and what `prepare` wants of it, which
/// have one deadline, and then the thing itself.
///
/// # Errors
///
/// If the broker cannot be used, and those of the thing itself.
pub(crate) fn run<P, T>(
    broker: &str,
    prepare: impl AsyncFnOnce(&Channel) -> lapin::Result<P>,
    body: impl AsyncFnOnce(&Address, &Channel, P) -> Result<T>,
) -> Result<T> {
    let address = Address::parse(broker)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::system("start an event loop"))?;
    let outcome = runtime.block_on(async {
        let opening = async {
            let connection = address.connect("cluster").await?;
            let channel = confirming(&connection).await?;
            let prepared = prepare(&channel).await?;
            Ok((connection, channel, prepared))
        };
        let (connection, channel, prepared) = address.in_time(opening).await?;
        let outcome = body(&address, &channel, prepared).await?;
        let _ = timeout(CLOSE_TIME, connection.close(200, "".into())).await;
        Ok(outcome)
    });
    // What is left of a connection that was given up ends by itself.
    runtime.shutdown_background();
    outcome
}
