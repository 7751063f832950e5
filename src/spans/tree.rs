//! The calling-context tree: a node for each path of names.

use hashbrown::HashTable;

/// A path of names.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Node {
    /// The node of the path without its last name; the first node, of no name, is its own.
    pub(crate) parent: u32,
    /// The last name.
    pub(crate) name: u32,
    /// Number of spans that are not unfinished.
    pub(crate) count: u64,
    pub(crate) total_ns: i128,
    pub(crate) self_ns: i128,
    /// The longest duration, if there is a span.
    pub(crate) max_ns: i64,
    /// Number of spans that began after their parent stopped.
    pub(crate) asynchronous: u64,
}

/// Nodes, each after its parent.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// The nodes with their edges, so that no node has to be looked at to find it.
    by_edge: HashTable<(u64, u32)>,
    /// The edges that were looked for last, by the lowest bits of their hashes: nearly every span is on one of few
    /// paths.
    recent: Box<[(u64, u32); RECENT]>,
}

/// 16 KiB of edges.
const RECENT: usize = 1024;
/// Stands in the place of an edge: no node has this parent and name.
const NO_EDGE: u64 = u64::MAX;

/// The node above all roots.
pub(crate) const TOP: u32 = 0;

impl Default for Tree {
    fn default() -> Self {
        Self {
            nodes: vec![Node::new(TOP, u32::MAX)],
            by_edge: HashTable::new(),
            recent: Box::new([(NO_EDGE, TOP); RECENT]),
        }
    }
}

impl Node {
    fn new(parent: u32, name: u32) -> Self {
        Self { parent, name, count: 0, total_ns: 0, self_ns: 0, max_ns: i64::MIN, asynchronous: 0 }
    }

    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.total_ns += other.total_ns;
        self.self_ns += other.self_ns;
        self.max_ns = self.max_ns.max(other.max_ns);
        self.asynchronous += other.asynchronous;
    }
}

impl Tree {
    /// Gives the nodes, the one above all roots first, each after its parent.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Counts the bytes of its memory.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.recent) + self.nodes.capacity() * size_of::<Node>() + self.by_edge.allocation_size()
    }

    /// Finds the node of a name below a node, or makes it.
    #[inline]
    pub(crate) fn child(&mut self, parent: u32, name: u32) -> u32 {
        let edge = u64::from(parent) << 32 | u64::from(name);
        let hash = hash(edge);
        let (of, at) = self.recent[hash as usize % RECENT];
        if of == edge { at } else { self.look_up(edge, hash) }
    }

    #[cold]
    fn look_up(&mut self, edge: u64, of_edge: u64) -> u32 {
        let known = self.by_edge.find(of_edge, |(of, _)| *of == edge).map(|(_, at)| *at);
        let at = known.unwrap_or_else(|| {
            let at = self.nodes.len() as u32;
            self.nodes.push(Node::new((edge >> 32) as u32, edge as u32));
            self.by_edge.insert_unique(of_edge, (edge, at), |(edge, _)| hash(*edge));
            at
        });
        self.recent[of_edge as usize % RECENT] = (edge, at);
        at
    }

    /// Counts a span. All of its time is its own until [`cover`](Self::cover) takes the children's part away.
    #[inline]
    pub(crate) fn record(&mut self, at: u32, duration_ns: i64) {
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.count += 1;
            node.total_ns += i128::from(duration_ns);
            node.self_ns += i128::from(duration_ns.max(0));
            node.max_ns = node.max_ns.max(duration_ns);
        }
    }

    /// Takes the time that its children cover from the own time of a span.
    #[inline]
    pub(crate) fn cover(&mut self, at: u32, length_ns: i64) {
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.self_ns -= i128::from(length_ns);
        }
    }

    /// Notes that a span, which is counted, began after its parent stopped.
    #[cold]
    pub(crate) fn note_asynchronous(&mut self, at: u32) {
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.asynchronous += 1;
        }
    }

    /// Adds the figures of another node.
    pub(crate) fn add(&mut self, at: u32, figures: &Node) {
        if let Some(node) = self.nodes.get_mut(at as usize) {
            node.add(figures);
        }
    }

    /// Adds another tree.
    pub(crate) fn merge(&mut self, other: &Self) {
        let mut own = vec![TOP; other.nodes.len()];
        for (at, node) in other.nodes.iter().enumerate().skip(1) {
            own[at] = self.child(own[node.parent as usize], node.name);
            self.nodes[own[at] as usize].add(node);
        }
    }
}

#[inline]
fn hash(edge: u64) -> u64 {
    let product = u128::from(edge ^ 0xA076_1D64_78BD_642F) * 0xE703_7ED1_A0B4_28DB;
    (product >> 64) as u64 ^ product as u64
}
