//! An access log of a shop, as nginx writes it: `combined` with `$request_time` at the end.

use std::f64::consts::TAU;
use std::io;

use crate::output::Output;
use crate::random::{HEX, Random};
use crate::text::{date, write_digits, write_number};

/// 2026-11-02T08:00:00 in microseconds.
const EPOCH: u64 = 1_793_606_400_000_000;
const SECOND: u64 = 1_000_000;
/// Mean time from a request's end to the next one's: 200 requests a second.
const PAUSE: f64 = 5000.0;
/// Clients; the first ones send the most.
const CLIENTS: usize = 4096;
/// One request in this many has no route.
const BAD_ONE_IN: u64 = 200;

/// Writes requests in the order in which they end, until the log is full.
pub(crate) fn write_log(seed: u64, output: &mut Output) -> io::Result<()> {
    let mut server = Server::new(seed);
    while output.line(|out| server.write_request(out))? {}
    output.flush()
}

struct Server {
    random: Random,
    clients: Vec<Client>,
    routes: Vec<Route>,
    now: u64,
    clock: Clock,
}

/// A sender of requests, always by the same program.
struct Client {
    address: Vec<u8>,
    user: &'static str,
    agent: &'static str,
}

struct Route {
    /// The sum of the weights up to it.
    weights: u64,
    method: &'static str,
    path: &'static str,
    /// Natural logarithm of the median in microseconds, and the standard deviation of the logarithms.
    time: (f64, f64),
    /// Median of the bytes that are sent.
    bytes: f64,
}

impl Server {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        random.0 = random.next();
        let clients = (0..CLIENTS).map(|_| Client::draw(&mut random)).collect();
        let mut weights = 0;
        let routes = ROUTES.map(|(weight, method, path, micros, deviation, bytes)| {
            weights += weight;
            Route { weights, method, path, time: (micros.ln(), deviation), bytes }
        });
        Self { random, clients, routes: routes.into(), now: EPOCH, clock: Clock::default() }
    }

    fn write_request(&mut self, out: &mut Vec<u8>) {
        let Self { random, clients, routes, now, clock } = self;
        *now += (-(1.0 - random.unit()).ln() * PAUSE) as u64;
        let client = &clients[(random.unit().powi(3) * CLIENTS as f64) as usize];
        out.extend_from_slice(&client.address);
        out.extend_from_slice(b" - ");
        out.extend_from_slice(client.user.as_bytes());
        out.extend_from_slice(b" [");
        clock.write(*now / SECOND, out);
        out.extend_from_slice(b"] \"");
        if random.one_in(BAD_ONE_IN) {
            return write_bad_request(random, out);
        }
        let ticket = random.below(routes.last().map_or(1, |route| route.weights));
        let route = &routes[routes.partition_point(|route| route.weights <= ticket)];
        route.write(random, client, out);
    }
}

/// Writes the rest of a line whose request has no route.
fn write_bad_request(random: &mut Random, out: &mut Vec<u8>) {
    let (request, status, micros) = pick(random, &BAD_REQUESTS);
    out.extend_from_slice(request.as_bytes());
    out.extend_from_slice(b"\" ");
    write_number(status, out);
    out.extend_from_slice(if status == 408 { b" 0 \"-\" \"-\" " } else { b" 150 \"-\" \"-\" " });
    write_seconds(micros, out);
}

impl Route {
    /// Writes the request and all that follows it.
    fn write(&self, random: &mut Random, client: &Client, out: &mut Vec<u8>) {
        out.extend_from_slice(self.method.as_bytes());
        out.push(b' ');
        fill(random, self.path, out);
        out.extend_from_slice(pick(random, &VERSIONS).as_bytes());
        let status = self.draw_status(random);
        write_number(status, out);
        out.push(b' ');
        let (size, time) = draw_normals(random);
        let bytes = if status == 304 { 0 } else { (self.bytes * (size * 0.5).exp()) as u64 };
        write_number(bytes, out);
        out.extend_from_slice(b" \"");
        let referer = pick(random, &REFERERS);
        fill(random, referer, out);
        out.extend_from_slice(b"\" \"");
        out.extend_from_slice(client.agent.as_bytes());
        out.extend_from_slice(b"\" ");
        write_seconds((self.time.0 + self.time.1 * time).exp() as u64, out);
    }

    fn draw_status(&self, random: &mut Random) -> u64 {
        match random.below(1000) {
            0..3 => 500,
            3..5 => 502,
            5..8 => 499,
            8..28 => 404,
            28..38 => 302,
            _ if self.method == "POST" => 201,
            _ if self.method == "DELETE" => 204,
            38..238 if self.path.starts_with("/static") => 304,
            _ => 200,
        }
    }
}

impl Client {
    fn draw(random: &mut Random) -> Self {
        let mut address = Vec::new();
        if random.percent(85) {
            for part in 0..4 {
                address.extend_from_slice(if part > 0 { b"." } else { b"" });
                write_number(1 + random.below(254), &mut address);
            }
        } else {
            address.extend_from_slice(b"2001:db8:");
            for _ in 0..=random.below(4) {
                write_hex(random, 4, &mut address);
                address.push(b':');
            }
            address.push(b':');
            write_hex(random, 2, &mut address);
        }
        let user = if random.one_in(40) { pick(random, &USERS) } else { "-" };
        Self { address, user, agent: pick(random, &AGENTS) }
    }
}

/// Writes a text in which `#` is a number, `@` a UUID, `%` a hex digit and `~` a word of a search.
fn fill(random: &mut Random, text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'#' => {
                let digits = 1 + random.below(6) as u32;
                write_number(random.below(10_u64.pow(digits)), out);
            }
            b'@' => out.extend_from_slice(&random.uuid()),
            b'%' => write_hex(random, 1, out),
            b'~' => out.extend_from_slice(pick(random, &WORDS).as_bytes()),
            _ => out.push(byte),
        }
    }
}

fn write_hex(random: &mut Random, digits: usize, out: &mut Vec<u8>) {
    let bits = random.next();
    out.extend((0..digits).map(|digit| HEX[(bits >> (60 - 4 * digit)) as usize & 15]));
}

fn pick<T: Copy>(random: &mut Random, choices: &[T]) -> T {
    choices[random.below(choices.len() as u64) as usize]
}

/// Two numbers of the standard normal distribution (Box and Muller 1958).
fn draw_normals(random: &mut Random) -> (f64, f64) {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    let (sin, cos) = (TAU * random.unit()).sin_cos();
    (radius * sin, radius * cos)
}

/// Seconds with three decimals, and the end of the line.
fn write_seconds(micros: u64, out: &mut Vec<u8>) {
    write_number(micros / SECOND, out);
    out.push(b'.');
    write_digits::<3>(micros % SECOND / 1000, out);
    out.push(b'\n');
}

/// `02/Nov/2026:08:00:00 +0000`; the text of the last second is kept.
#[derive(Default)]
struct Clock {
    second: u64,
    text: Vec<u8>,
}

impl Clock {
    fn write(&mut self, second: u64, out: &mut Vec<u8>) {
        if self.second != second {
            self.set(second);
        }
        out.extend_from_slice(&self.text);
    }

    fn set(&mut self, second: u64) {
        let text = &mut self.text;
        text.clear();
        let (year, month, day) = date(second / 86_400);
        write_digits::<2>(day, text);
        text.push(b'/');
        text.extend_from_slice(MONTHS[month as usize - 1].as_bytes());
        text.push(b'/');
        write_digits::<4>(year, text);
        let time = second % 86_400;
        for value in [time / 3600, time / 60 % 60, time % 60] {
            text.push(b':');
            write_digits::<2>(value, text);
        }
        text.extend_from_slice(b" +0000");
        self.second = second;
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Weight, method, path, median of the time in microseconds, standard deviation of its logarithm, median of the bytes.
///
/// Hashes have a digit and a letter: a regular expression that makes routes cannot easily ask whether they do.
const ROUTES: [(u64, &str, &str, f64, f64, f64); 22] = [
    (60, "GET", "/", 4e3, 0.5, 9e3),
    (70, "GET", "/health", 900.0, 0.4, 2.0),
    (90, "GET", "/static/css/main.7%%%%%%b.css", 400.0, 0.8, 21e3),
    (110, "GET", "/static/js/app.4%%%%%%e.js", 500.0, 0.8, 140e3),
    (120, "GET", "/images/products/#.jpg", 700.0, 0.9, 38e3),
    (15, "GET", "/favicon.ico", 300.0, 0.5, 1400.0),
    (10, "GET", "/robots.txt", 300.0, 0.5, 120.0),
    (100, "GET", "/api/orders/#", 41e3, 0.6, 1900.0),
    (40, "GET", "/api/orders/#?expand=items,customer", 58e3, 0.7, 5200.0),
    (30, "POST", "/api/orders", 190e3, 0.8, 640.0),
    (60, "GET", "/api/v1/products/#/reviews?page=#", 87e3, 0.7, 11e3),
    (60, "GET", "/api/v1/products?category=~&sort=price&page=#", 120e3, 0.8, 24e3),
    (50, "GET", "/search?q=~+~&page=#", 240e3, 0.9, 31e3),
    (60, "GET", "/api/users/@/cart", 22e3, 0.6, 900.0),
    (30, "PUT", "/api/users/@/cart", 35e3, 0.6, 310.0),
    (10, "DELETE", "/api/sessions/@", 6e3, 0.5, 0.0),
    (20, "POST", "/login", 210e3, 0.4, 420.0),
    (30, "POST", "/graphql", 95e3, 1.0, 7400.0),
    (20, "GET", "/api/customers/#/orders/#/items", 64e3, 0.7, 3300.0),
    (10, "GET", "/blog/2026/03/~", 18e3, 0.6, 46e3),
    (10, "GET", "/reports/@/download?format=csv&from=2026-#", 900e3, 1.1, 700e3),
    (5, "HEAD", "/images/products/#.jpg", 300.0, 0.5, 0.0),
];

/// Request, status, microseconds: of clients that say nothing, speak TLS or another protocol, or leave the version out.
const BAD_REQUESTS: [(&str, u64, u64); 5] = [
    ("-", 408, 60_000_000),
    ("", 400, 0),
    (r"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 400, 21_000),
    ("GET /", 200, 3000),
    ("OPTIONS / RTSP/1.0", 400, 1000),
];

/// The version, and what stands between the request and the status.
const VERSIONS: [&str; 4] = [" HTTP/1.1\" ", " HTTP/1.1\" ", " HTTP/2.0\" ", " HTTP/2.0\" "];

const USERS: [&str; 4] = ["amara", "j.smith", "ops", "deploy-bot"];

const WORDS: [&str; 8] = ["shoes", "winter", "jacket", "blue", "phone", "led+lamp", "desk", "caf%C3%A9"];

const REFERERS: [&str; 10] = [
    "-",
    "-",
    "-",
    "-",
    "-",
    "-",
    "https://shop.example/",
    "https://shop.example/search?q=~&page=#",
    "https://shop.example/products/#",
    "https://search.example/",
];

const AGENTS: [&str; 10] = [
    "curl/8.11.1",
    "Go-http-client/2.0",
    "kube-probe/1.31",
    "python-requests/2.32.3",
    "ShopApp/5.12.0 (Android 15; Pixel 9)",
    "Mozilla/5.0 (compatible; ExampleBot/2.1; +https://search.example/bot.html)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:134.0) Gecko/20100101 Firefox/134.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
];
