//! Log formats that a pattern can say: the access log as it is and as it should not be, held against a naive twin.

mod access;
mod engine;
mod patterns;
mod spellings;
