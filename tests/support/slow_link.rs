//! A link that is slow, far, lossy or cut, between two ends on this machine.
//!
//! Bytes are held back as TCP over such a link would bring them: each piece takes its time at the link's rate, then
//! the way; a lost one comes a round trip (at least 200 ms, TCP's least patience) later, and all behind it wait.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of a piece: a segment of TCP over Ethernet.
const PIECE: usize = 1448;
/// Bytes that the link's own buffers hold in each direction.
const BUFFERED: usize = 64 << 10;
/// The least time until TCP sends a lost segment again.
const RETRANSMISSION: Duration = Duration::from_millis(200);

/// What a link is like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// From end to end and back.
    pub round_trip: Duration,
    /// Bits a second in each direction; 0 is without limit.
    pub rate: u64,
    /// Part of the pieces that is lost, 0..1.
    pub loss: f64,
    /// Nothing passes, and nobody is told.
    pub cut: bool,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            round_trip: Duration::ZERO,
            rate: 0,
            loss: 0.0,
            cut: false,
        }
    }
}

/// A link that forwards to one address.
pub struct SlowLink {
    address: SocketAddr,
    conditions: Arc<Mutex<Conditions>>,
}

impl SlowLink {
    /// Listens on this machine, and forwards each connection to `target`.
    ///
    /// # Errors
    /// The system has no port to spare.
    pub fn new(target: SocketAddr, conditions: Conditions) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let conditions = Arc::new(Mutex::new(conditions));
        let shared = Arc::clone(&conditions);
        thread::spawn(move || {
            for device in listener.incoming().map_while(Result::ok) {
                let conditions = Arc::clone(&shared);
                thread::spawn(move || join(device, target, &conditions));
            }
        });
        Ok(Self {
            address,
            conditions,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The link is like this from now on.
    pub fn set(&self, conditions: Conditions) {
        *lock(&self.conditions) = conditions;
    }
}

fn join(device: TcpStream, target: SocketAddr, conditions: &Arc<Mutex<Conditions>>) {
    while lock(conditions).cut {
        thread::sleep(Duration::from_millis(50));
    }
    let Ok(server) = TcpStream::connect(target) else {
        return;
    };
    // A link adds its own delays.
    let _ = (device.set_nodelay(true), server.set_nodelay(true));
    let (Ok(from), Ok(to)) = (device.try_clone(), server.try_clone()) else {
        return;
    };
    let up = Arc::clone(conditions);
    thread::spawn(move || forward(from, to, &up, 1));
    forward(server, device, conditions, 2);
}

/// Pieces on their way, each with the moment at which it comes out.
#[derive(Default)]
struct Way {
    pieces: VecDeque<(Instant, Vec<u8>)>,
    held: usize,
    closed: bool,
}

fn forward(mut from: TcpStream, to: TcpStream, conditions: &Arc<Mutex<Conditions>>, seed: u64) {
    let way = Arc::new((Mutex::new(Way::default()), Condvar::new()));
    let (theirs, watched) = (Arc::clone(&way), Arc::clone(conditions));
    let writer = thread::spawn(move || bring(&theirs, to, &watched));
    let (mut free, mut state) = (Instant::now(), seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut piece = [0; PIECE];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        let Conditions {
            round_trip,
            rate,
            loss,
            ..
        } = *lock(conditions);
        let now = Instant::now();
        let spent = match rate {
            0 => 0.0,
            rate => read as f64 * 8.0 / rate as f64,
        };
        free = free.max(now) + Duration::from_secs_f64(spent);
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let chance = (state >> 11) as f64 / (1u64 << 53) as f64;
        let late = if chance < loss {
            RETRANSMISSION.max(round_trip)
        } else {
            Duration::ZERO
        };
        let (ways, changed) = &*way;
        let mut ways = lock(ways);
        while ways.held > BUFFERED && !ways.closed {
            ways = changed.wait(ways).unwrap_or_else(PoisonError::into_inner);
        }
        if ways.closed {
            break;
        }
        // Nothing overtakes.
        let last = ways.pieces.back().map_or(now, |(when, _)| *when);
        let when = (free + round_trip / 2 + late).max(last);
        ways.held += read;
        ways.pieces.push_back((when, piece[..read].to_vec()));
        changed.notify_all();
    }
    lock(&way.0).closed = true;
    way.1.notify_all();
    let _ = writer.join();
    let _ = from.shutdown(Shutdown::Both);
}

/// Writes pieces as they come out.
fn bring(way: &(Mutex<Way>, Condvar), mut to: TcpStream, conditions: &Mutex<Conditions>) {
    let (ways, changed) = way;
    loop {
        let mut held = lock(ways);
        while held.pieces.is_empty() && !held.closed {
            held = changed.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        let Some((when, piece)) = held.pieces.pop_front() else {
            break;
        };
        drop(held);
        thread::sleep(when.saturating_duration_since(Instant::now()));
        while lock(conditions).cut {
            thread::sleep(Duration::from_millis(20));
        }
        if to.write_all(&piece).is_err() {
            lock(ways).closed = true;
            changed.notify_all();
            break;
        }
        lock(ways).held -= piece.len();
        changed.notify_all();
    }
    let _ = to.shutdown(Shutdown::Both);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
