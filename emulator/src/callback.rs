//! Where the processor of a channel flow calls back to: what Amazon Chime SDK messaging
//! hears, one callback after another. It takes all of them; it knows no channels.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Bodies of ChannelFlowCallback, as they were sent.
type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

/// A server on this machine that takes callbacks, for as long as this lives.
#[derive(Debug)]
pub struct Callbacks {
    url: String,
    heard: Heard,
    server: JoinHandle<io::Result<()>>,
}

impl Callbacks {
    /// Opens a port.
    ///
    /// # Errors
    /// When there is none to be had.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let heard = Heard::default();
        let routes = Router::new().fallback(hear).with_state(Arc::clone(&heard));
        let server = tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { url, heard, server })
    }

    /// For the variable `AWS_ENDPOINT_URL_CHIME_SDK_MESSAGING` of the processor.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was heard since the last time it was asked.
    pub fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Callbacks {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn hear(State(heard): State<Heard>, body: Bytes) -> &'static str {
    heard.lock().unwrap_or_else(PoisonError::into_inner).push(body.to_vec());
    "{}"
}
