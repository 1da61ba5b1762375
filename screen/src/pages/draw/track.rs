//! A track in its own bounding box: no tiles, no net.

use super::{Tone, at, legend, round_down, runs, thinned};
use crate::words::{Var, Words};
use maud::{Markup, html};

/// Size of the drawing in its own units.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 280.0;
const MARGIN: f64 = 30.0;
/// The least that a side of the box shows, metres: a single position is not blown up into noise.
const SPAN_M_MIN: f64 = 400.0;
const DEGREE_M: f64 = 111_195.0;
/// Positions drawn of a layer at most; more than pixels would not be seen.
const POSITIONS_MAX: usize = 1_200;
const CELLS_MAX: usize = 400;

/// A position at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Unix milliseconds.
    pub t_ms: i64,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

/// How positions are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A line; a silence breaks it.
    Line,
    /// Each is the centre of a cell of the grid with this edge, metres.
    Cells(u32),
    /// Single positions that belong to no line.
    Dots,
}

/// What an end of a layer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// As it is.
    #[default]
    Whole,
    /// What lies beyond it was held back: drawn open.
    Cut,
}

/// One row of positions.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// Sent or original.
    pub tone: Tone,
    /// What the legend says.
    pub label: &'a str,
    /// How it is drawn.
    pub shape: Shape,
    /// In the order of their stamps.
    pub places: &'a [Place],
    /// What its start is.
    pub start: End,
    /// What its end is.
    pub end: End,
}

/// A track.
#[derive(Clone, Copy, Debug)]
pub struct Track<'a> {
    /// Name for screen readers, and above the drawing.
    pub title: &'a str,
    /// What it shows, in a sentence.
    pub desc: &'a str,
    /// Drawn from first to last.
    pub layers: &'a [Layer<'a>],
}

/// Draws it; without a position it says so.
pub fn track(words: Words, track: &Track<'_>) -> Markup {
    let layers: Vec<(&Layer<'_>, Vec<Place>)> =
        track.layers.iter().map(|layer| (layer, sound(layer.places))).filter(|(_, places)| !places.is_empty()).collect();
    let Some(view) = View::around(&layers) else {
        return html! { figure.track { figcaption { (track.title) } p.empty { (words.t("draw-no-position")) } } };
    };
    let labels: Vec<(Tone, &str)> = layers.iter().map(|(layer, _)| (layer.tone, layer.label)).collect();
    html! {
        figure.track.drawing {
            figcaption { (track.title) }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" {
                title { (track.title) }
                desc { (track.desc) }
                @for (layer, places) in &layers { g class=(layer.tone.class()) { (drawn(words, layer, places, &view)) } }
                (scale(words, &view))
                (north(words))
            }
            (legend(&labels))
        }
    }
}

/// The positions on the globe.
fn sound(places: &[Place]) -> Vec<Place> {
    places.iter().filter(|place| (-90.0..=90.0).contains(&place.lat) && (-180.0..=180.0).contains(&place.lon)).copied().collect()
}

/// The part of the globe that is drawn: equirectangular at its middle latitude.
struct View {
    middle: (f64, f64),
    /// Units of the drawing for a degree north and a degree east.
    scale: (f64, f64),
}

impl View {
    fn around(layers: &[(&Layer<'_>, Vec<Place>)]) -> Option<Self> {
        let first = layers.first()?.1.first()?;
        let mut box_deg = [(first.lat, first.lat), (0.0, 0.0)];
        for (layer, places) in layers {
            for place in places {
                let (half_lat, half_lon) = half_cell(layer.shape, place.lat);
                let east = turn(place.lon - first.lon);
                let [lat, lon] = &mut box_deg;
                *lat = (lat.0.min(place.lat - half_lat), lat.1.max(place.lat + half_lat));
                *lon = (lon.0.min(east - half_lon), lon.1.max(east + half_lon));
            }
        }
        let [lat, lon] = box_deg;
        let middle_lat = f64::midpoint(lat.0, lat.1).clamp(-90.0, 90.0);
        // Towards a pole a degree east is nothing; one part in a hundred keeps the drawing finite.
        let narrowing = middle_lat.to_radians().cos().max(0.01);
        let least_deg = SPAN_M_MIN / DEGREE_M;
        let (high, wide) = ((lat.1 - lat.0).max(least_deg), ((lon.1 - lon.0) * narrowing).max(least_deg));
        let unit = ((HEIGHT - 2.0 * MARGIN) / high).min((WIDTH - 2.0 * MARGIN) / wide);
        Some(Self { middle: (middle_lat, turn(first.lon + f64::midpoint(lon.0, lon.1))), scale: (unit, unit * narrowing) })
    }

    fn x(&self, lon: f64) -> f64 {
        WIDTH / 2.0 + turn(lon - self.middle.1) * self.scale.1
    }

    fn y(&self, lat: f64) -> f64 {
        HEIGHT / 2.0 - (lat - self.middle.0) * self.scale.0
    }

    fn unit_m(&self) -> f64 {
        DEGREE_M / self.scale.0
    }
}

/// Degrees between -180 and 180, the short way round.
fn turn(deg: f64) -> f64 {
    (deg + 180.0).rem_euclid(360.0) - 180.0
}

/// Half the height and width of a cell at a latitude, degrees (docs/wire.md, 5.4).
fn half_cell(shape: Shape, lat: f64) -> (f64, f64) {
    let Shape::Cells(cell_m) = shape else { return (0.0, 0.0) };
    let cell_m = f64::from(cell_m.max(1));
    let rows = (180.0 * 110_574.0 / cell_m).floor().max(1.0);
    let columns = (360.0 * 110_574.0 * lat.to_radians().cos() / cell_m).floor().max(1.0);
    (90.0 / rows, 180.0 / columns)
}

fn drawn(words: Words, layer: &Layer<'_>, places: &[Place], view: &View) -> Markup {
    let cells = matches!(layer.shape, Shape::Cells(_));
    let ends = places.first().zip(places.last()).filter(|_| layer.shape != Shape::Dots);
    html! {
        @if cells { (squares(layer.shape, places, view)) }
        @if layer.shape == Shape::Dots {
            @for place in thinned(places, CELLS_MAX) { circle.dot cx=(at(view.x(place.lon))) cy=(at(view.y(place.lat))) r="4" {} }
        } @else {
            @for run in runs(places, |place| place.t_ms) { polyline.line.cells[cells] points=(path(&run, view)) {} }
        }
        @if let Some((start, end)) = ends {
            (mark(words, "draw-start", start, layer.start, view))
            // Where both fall together, one mark says it.
            @if (view.x(start.lon) - view.x(end.lon)).hypot(view.y(start.lat) - view.y(end.lat)) > 4.0 { (mark(words, "draw-end", end, layer.end, view)) }
        }
    }
}

/// The points of a line. Neighbours that fall on the same half unit are one; the globe's seam is no jump, since `x` takes the short way.
fn path(run: &[Place], view: &View) -> String {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for place in run {
        let point = (view.x(place.lon), view.y(place.lat));
        if points.last().is_none_or(|last| (last.0 - point.0).hypot(last.1 - point.1) >= 0.5) {
            points.push(point);
        }
    }
    thinned(&points, POSITIONS_MAX).iter().map(|(x, y)| format!("{},{}", at(*x), at(*y))).collect::<Vec<_>>().join(" ")
}

/// The cells, each once.
fn squares(shape: Shape, places: &[Place], view: &View) -> Markup {
    let mut seen: Vec<(u64, u64)> = places.iter().map(|place| (place.lat.to_bits(), place.lon.to_bits())).collect();
    seen.sort_unstable();
    seen.dedup();
    html! {
        @for (lat, lon) in thinned(&seen, CELLS_MAX).into_iter().map(|(lat, lon)| (f64::from_bits(lat), f64::from_bits(lon))) {
            @let half = half_cell(shape, lat);
            @let (wide, high) = (half.1 * view.scale.1, half.0 * view.scale.0);
            rect.cell x=(at(view.x(lon) - wide)) y=(at(view.y(lat) - high)) width=(at(wide * 2.0)) height=(at(high * 2.0)) {}
        }
    }
}

/// Start and end: a filled disc and a filled square, drawn open where what lies beyond was held back.
fn mark(words: Words, key: &str, place: &Place, end: End, view: &View) -> Markup {
    let (x, y) = (view.x(place.lon), view.y(place.lat));
    let cut = end == End::Cut;
    let what = words.ta(key, &[("end", Var::Text(if cut { "cut" } else { "whole" }))]);
    html! {
        g.end.cut[cut] {
            title { (what) }
            @if key == "draw-start" { circle cx=(at(x)) cy=(at(y)) r="6" {} } @else { rect x=(at(x - 5.5)) y=(at(y - 5.5)) width="11" height="11" {} }
        }
    }
}

fn scale(words: Words, view: &View) -> Markup {
    let (length_m, _) = round_down(view.unit_m() * WIDTH / 3.0);
    let units = length_m / view.unit_m();
    let label = if length_m >= 1_000.0 { format!("{} km", words.number(length_m / 1_000.0, 0)) } else { format!("{} m", words.number(length_m, 0)) };
    html! {
        g.scale {
            path d={ "M8 " (at(HEIGHT - 14.0)) "v6h" (at(units)) "v-6" } {}
            text x=(at(12.0 + units)) y=(at(HEIGHT - 8.0)) { (label) }
        }
    }
}

fn north(words: Words) -> Markup {
    html! {
        g.north { path d={ "M" (WIDTH - 16.0) " 28V8m-5 7l5-8 5 8" } {} text x=(WIDTH - 16.0) y="44" text-anchor="middle" { (words.t("draw-north")) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(second: i64, lat: f64, lon: f64) -> Place {
        Place { t_ms: second * 1_000, lat, lon }
    }

    fn layer(shape: Shape, places: &[Place]) -> Layer<'_> {
        Layer { tone: Tone::Sent, label: "as it was sent", shape, places, start: End::Whole, end: End::Cut }
    }

    fn draw(layers: &[Layer<'_>]) -> String {
        track(Words::default(), &Track { title: "Track", desc: "Where you were.", layers }).into_string()
    }

    /// All numbers of the attributes that place something.
    fn coordinates(svg: &str) -> Vec<f64> {
        let attributes = [" cx=\"", " cy=\"", " x=\"", " y=\"", " points=\""];
        let values = attributes.iter().flat_map(|name| svg.split(name).skip(1).map(|rest| rest.split('"').next().unwrap()));
        values.flat_map(|value| value.split([' ', ',']).map(|number| number.parse().unwrap())).collect()
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        for places in [&[][..], &[place(0, f64::NAN, 8.0)], &[place(0, 91.0, 8.0), place(1, 50.0, f64::INFINITY)]] {
            let drawn = draw(&[layer(Shape::Line, places)]);
            assert!(!drawn.contains("<svg") && drawn.contains("class=\"empty\""), "{drawn}");
        }
    }

    #[test]
    fn one_position_has_a_start_and_no_end() {
        let drawn = draw(&[layer(Shape::Line, &[place(0, 50.0, 8.0)])]);
        assert!(drawn.contains("<circle") && !drawn.contains("width=\"11\""));
        assert!(drawn.contains("200 m"), "{drawn}");
    }

    #[test]
    fn a_line_stays_in_the_drawing_wherever_it_lies() {
        let around: Vec<Vec<Place>> = vec![
            (0..50).map(|n| place(n, 50.0 + f64::from(u8::try_from(n).unwrap()) * 0.01, 8.0)).collect(),
            vec![place(0, 10.0, 179.9), place(1, 10.1, -179.9), place(2, 10.2, -179.8)],
            vec![place(0, 90.0, 0.0), place(1, 89.9, 120.0), place(2, 89.95, -120.0)],
            vec![place(0, -90.0, -180.0), place(1, 90.0, 180.0)],
        ];
        for places in around {
            for shape in [Shape::Line, Shape::Dots] {
                let drawn = draw(&[layer(shape, &places)]);
                assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
                assert!(coordinates(&drawn).iter().all(|value| (-1.0..=WIDTH + 1.0).contains(value)), "{places:?} {drawn}");
            }
        }
    }

    #[test]
    fn the_date_line_is_no_way_around_the_globe() {
        let drawn = draw(&[layer(Shape::Line, &[place(0, 0.0, 179.99), place(1, 0.0, -179.99)])]);
        assert!(drawn.contains("500 m") || drawn.contains("1 km") || drawn.contains("2 km"), "{drawn}");
    }

    #[test]
    fn ten_thousand_positions_make_a_small_drawing() {
        let places: Vec<Place> = (0..10_000)
            .map(|n| place(n, 50.0 + (f64::from(i32::try_from(n).unwrap()) * 0.01).sin(), 8.0 + f64::from(i32::try_from(n).unwrap()) * 1e-3))
            .collect();
        for shape in [Shape::Line, Shape::Cells(2_000), Shape::Dots] {
            let drawn = draw(&[layer(shape, &places)]);
            assert!(drawn.len() < 60_000, "{}", drawn.len());
        }
    }

    #[test]
    fn cells_are_drawn_once_and_as_large_as_the_grid_says() {
        let places = [place(0, 50.003_31, 8.013_97), place(60, 50.003_31, 8.013_97), place(120, 50.021_4, 8.013_97)];
        let drawn = draw(&[layer(Shape::Cells(2_000), &places)]);
        assert_eq!(drawn.matches("class=\"cell\"").count(), 2);
        let (half_lat, half_lon) = half_cell(Shape::Cells(2_000), 50.0);
        assert!((half_lat * 2.0 * 110_574.0 - 2_000.0).abs() < 1.0);
        assert!((half_lon * 2.0 * 110_574.0 * 50_f64.to_radians().cos() - 2_000.0).abs() < 1.0);
    }

    #[test]
    fn a_cut_end_says_so() {
        let drawn = draw(&[layer(Shape::Line, &[place(0, 50.0, 8.0), place(1, 50.01, 8.0)])]);
        assert_eq!(drawn.matches("class=\"end cut\"").count(), 1);
        assert!(drawn.contains("role=\"img\"") && drawn.contains("<title>Track</title>") && drawn.contains("<desc>Where you were.</desc>"));
    }
}
