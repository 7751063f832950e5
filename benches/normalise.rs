//! From the path of a request to its route: over paths of many shapes in an order that can't be foreseen.

#![allow(missing_docs, reason = "criterion's macros make what is public")]

mod common;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tracerank::normalise::{Normalised, route};

const PATHS: usize = 20_000;

/// Paths as services have them; `@` is a number, `%` a hex digit. A third has nothing to replace.
const MIX: [&str; 16] = [
    "/health",
    "/login",
    "/api/orders/@",
    "/api/orders/@?x=1",
    "/api/v1/products/@/reviews?page=2",
    "/search?q=winter+shoes&page=16",
    "/static/css/main.%%%%%%%%.css",
    "/static/js/app.%%%%%%%%.js",
    "/blog/2026/03/phone",
    "/api/users/%%%%%%%%-%%%%-%%%%-%%%%-%%%%%%%%%%%%/cart",
    "/checkout/shipping",
    "/favicon.ico",
    "/images/products/@.jpg",
    "/api/svc0/v1/products/@?ref=chair",
    "/graphql",
    "/api/customers/@/orders/@/items",
];

const UNCHANGED: [&str; 6] =
    ["/health", "/login", "/search?q=winter+shoes&page=16", "/checkout/shipping", "/favicon.ico", "/graphql"];

const URLS: [&str; 3] =
    ["https://shop.example:443/cart/@", "https://shop.example:443/login", "https://shop.example:443/api/orders/@?x=1"];

/// The shapes in any order, with numbers and ids of their own.
fn paths(shapes: &[&str]) -> Vec<Vec<u8>> {
    let mut state = 1_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut path = |_| {
        let shape = shapes[random(shapes.len() as u64) as usize].chars();
        let mut piece = |byte| match byte {
            '@' => {
                let digits = 1 + random(6);
                random(10_u64.pow(digits as u32)).to_string()
            }
            '%' => format!("{:x}", random(16)),
            _ => byte.to_string(),
        };
        shape.map(&mut piece).collect::<String>().into_bytes()
    };
    (0..PATHS).map(&mut path).collect()
}

/// The bytes of all routes.
fn routes_len(paths: &[Vec<u8>], out: &mut Vec<u8>) -> u64 {
    let mut len = 0;
    for path in paths {
        out.clear();
        len += match route(path, out) {
            Normalised::Prefix(len) => len,
            Normalised::Appended => out.len(),
        } as u64;
    }
    len
}

fn routes(criterion: &mut Criterion) {
    let mut group = common::group(criterion, "normalise/route");
    let cases = [("mix", &MIX[..], 358_415), ("unchanged", &UNCHANGED, 192_589), ("absolute URLs", &URLS, 199_947)];
    for (label, shapes, len) in cases {
        let paths = paths(shapes);
        let mut out = vec![];
        assert_eq!(routes_len(&paths, &mut out), len);
        let bytes = paths.iter().map(|path| path.len() as u64).sum();
        group.throughput(Throughput::ElementsAndBytes { elements: paths.len() as u64, bytes });
        group.bench_function(label, |bencher| bencher.iter(|| routes_len(black_box(&paths), &mut out)));
    }
    group.finish();
}

criterion_group!(benches, routes);
criterion_main!(benches);
