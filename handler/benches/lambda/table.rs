//! The table: what each side took, how they compare, and what was aimed at.

use std::time::Duration;

/// What is aimed at.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// At most so many times what the echo takes.
    Ratio(f64),
    /// At most so much.
    AtMost(f64),
    /// Nothing: told for its own sake.
    None,
}

/// How a figure is written.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Milliseconds,
    Microseconds,
    Megabytes,
    Millions,
    Number,
}

/// One measure of both sides. Where a side was measured more than once, the values are in the
/// order of the rounds: those of the same place were measured one right after the other.
pub(crate) struct Row<'a> {
    pub(crate) measure: &'a str,
    pub(crate) unit: Unit,
    pub(crate) echo: Vec<f64>,
    pub(crate) ours: Vec<f64>,
    pub(crate) target: Target,
}

/// Seconds.
pub(crate) fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

pub(crate) fn print_head() {
    println!("| measure | echo | chatwarden | ratio | of the least | target | |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | --- |");
}

impl Row<'_> {
    pub(crate) fn print(&self) {
        let ratio = median(self.echo.iter().zip(&self.ours).map(|(echo, ours)| ours / echo));
        let of_least = least(&self.ours) / least(&self.echo);
        let ours = median(self.ours.iter().copied());
        let (target, met) = match self.target {
            Target::Ratio(most) => (format!("{most}×"), Some(ratio / most)),
            Target::AtMost(most) => (self.unit.write(most), Some(ours / most)),
            Target::None => (String::new(), None),
        };
        let met = match met {
            Some(share) if share > 1.0 => format!("missed by {:.0} %", (share - 1.0) * 100.0),
            Some(_) => "met".to_owned(),
            None => String::new(),
        };
        println!(
            "| {} | {} | {} | {ratio:.2}× | {of_least:.2}× | {target} | {met} |",
            self.measure,
            self.unit.spread(&self.echo),
            self.unit.spread(&self.ours),
        );
    }
}

impl Unit {
    /// The least, the median and the most; one value where there is one.
    pub(crate) fn spread(self, values: &[f64]) -> String {
        let most = values.iter().copied().fold(f64::MIN, f64::max);
        let (least, middle) = (least(values), median(values.iter().copied()));
        if values.len() == 1 {
            return self.write(middle);
        }
        format!("{} / {} / {}", self.number(least), self.number(middle), self.write(most))
    }

    fn number(self, value: f64) -> String {
        match self {
            Self::Milliseconds => format!("{:.2}", value * 1e3),
            Self::Microseconds => format!("{:.1}", value * 1e6),
            Self::Megabytes => format!("{:.2}", value / 1e6),
            Self::Millions => format!("{:.3}", value / 1e6),
            Self::Number => {
                let text = format!("{value:.2}");
                text.strip_suffix(".00").map(str::to_owned).unwrap_or(text)
            }
        }
    }

    fn write(self, value: f64) -> String {
        let unit = match self {
            Self::Milliseconds => " ms",
            Self::Microseconds => " µs",
            Self::Megabytes => " MB",
            Self::Millions => " M",
            Self::Number => "",
        };
        self.number(value) + unit
    }
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::MAX, f64::min)
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    quantile(&mut values.collect::<Vec<_>>(), 0.5)
}

/// The value that this share of the values does not exceed.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}
