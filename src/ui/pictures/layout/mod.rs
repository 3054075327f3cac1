//! Where the boxes of a graph stand and how its edges run: layers from left to right, as Sugiyama, Tagawa and Toda (1981)
//! draw hierarchies — longest paths, barycentres against crossings, then heights that keep edges straight.
//!
//! In: boxes with sizes, lanes and bands; edges. Out: [`Layout`], the same for the same input. Deliberately absent: what
//! the boxes mean. Layout crates know neither lanes nor bands: a phase must come before the next in every lane.

mod layers;
mod order;
mod place;
mod route;

/// Between two columns, where edges bend.
pub const COLUMN_GAP: f64 = 64.0;
/// Between two boxes of a column.
pub const ROW_GAP: f64 = 18.0;
/// Around the boxes of a band.
pub const PAD: f64 = 16.0;
/// Above the boxes of a band, for its heading.
pub const HEADING: f64 = 30.0;
/// Between two lanes.
pub const LANE_GAP: f64 = 34.0;

/// A box to place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    pub width: f64,
    pub height: f64,
    /// Lanes stand one under the other.
    pub lane: usize,
    /// Within a lane, a band stands wholly left of the bands with higher numbers.
    pub band: usize,
}

/// An edge from the right side of a box to the left side of another; each end at a height from the box's top, or
/// wherever it suits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    pub from: usize,
    pub to: usize,
    pub from_height: Option<f64>,
    pub to_height: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// The background of a band in its lane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    pub lane: usize,
    pub band: usize,
    pub rect: Rect,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// One for each box.
    pub places: Vec<Rect>,
    /// One for each edge: points with straight stretches within columns and bends between them.
    pub routes: Vec<Vec<(f64, f64)>>,
    pub bands: Vec<Band>,
    /// Top and bottom of each lane; left and right where edges run down.
    pub lanes: Vec<(f64, f64)>,
    pub width: f64,
    pub height: f64,
}

/// Which way edges run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Right,
    /// From the bottom of a box to the top of another; lanes stand side by side.
    Down,
}

/// A picture wider than this, and so many times as wide as it is high, is drawn downwards.
const WIDEST: f64 = 2000.0;
const FLATTEST: f64 = 2.5;

/// As [`layout`], to the right where that makes no ribbon of it, else downwards.
pub fn arrange(blocks: &[Block], links: &[Link]) -> (Layout, Way) {
    let right = layout(blocks, links, Way::Right);
    let is_tied = links.iter().any(|l| l.from_height.is_some() || l.to_height.is_some());
    if is_tied || right.width < WIDEST || right.width < right.height * FLATTEST {
        return (right, Way::Right);
    }
    let turned: Vec<Block> = blocks.iter().map(|b| Block { width: b.height, height: b.width, ..*b }).collect();
    let down = layout(&turned, links, Way::Down);
    let turn = |r: Rect| Rect { x: r.y, y: r.x, width: r.height, height: r.width };
    let down = Layout {
        places: down.places.into_iter().map(turn).collect(),
        routes: down.routes.into_iter().map(|r| r.into_iter().map(|(x, y)| (y, x)).collect()).collect(),
        bands: down.bands.into_iter().map(|b| Band { rect: turn(b.rect), ..b }).collect(),
        lanes: down.lanes,
        width: down.height,
        height: down.width,
    };
    (down, Way::Down)
}

/// Places boxes and edges. Time grows with the boxes and with the columns that edges cross; very long edges of very
/// large graphs run straight instead.
fn layout(blocks: &[Block], links: &[Link], way: Way) -> Layout {
    let layers = layers::assign(blocks, links);
    let mut net = order::Net::new(blocks, links, &layers);
    net.order();
    place::place(&net, blocks, links, way)
}

impl Rect {
    pub fn right(&self) -> f64 {
        self.x + self.width
    }
}
