//! Which rooms are meant: by ARN, name, tag, file, or all of them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail};
use chatwarden_engine::review::matches_glob;

use crate::file;
use crate::rooms::{Room, RoomArn};

/// The options that name rooms.
#[derive(Debug, clap::Args)]
pub(crate) struct Selection {
    /// Rooms: ARNs, or names in which `*` is any text and `?` one character
    #[arg(value_name = "ROOM")]
    rooms: Vec<Pick>,
    /// Only rooms with this tag; given several times, with all of them
    #[arg(long, value_name = "KEY[=VALUE]")]
    tag: Vec<String>,
    /// File of rooms, one on a line, as they would be named here; `#` begins a comment
    #[arg(long, value_name = "FILE")]
    file: Vec<PathBuf>,
    /// Every room of the region
    #[arg(long, conflicts_with_all = ["rooms", "file"])]
    all: bool,
}

/// One way of naming rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pick {
    Arn(RoomArn),
    Name(String),
}

impl FromStr for Pick {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("arn:") {
            return text.parse().map(Self::Arn);
        }
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '?');
        if text.is_empty() || !text.chars().all(good) {
            return Err(format!(
                "`{text}` is no room name; names have letters, digits, `-` and `_`"
            ));
        }
        Ok(Self::Name(text.to_owned()))
    }
}

/// The rooms that are meant.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Named by ARN.
    pub(crate) arns: BTreeSet<RoomArn>,
    /// Globs that a name must match.
    names: Vec<String>,
    /// Keys, perhaps with values, that a room must have.
    tags: Vec<(String, Option<String>)>,
    /// Nothing else was named.
    all: bool,
}

impl Selection {
    /// The rooms that are meant; without any option, all.
    pub(crate) fn or_all(self) -> anyhow::Result<Wanted> {
        let Self { rooms, tag, file, all } = self;
        let mut picks = rooms;
        for path in &file {
            picks.extend(picks_in(path)?);
        }
        if picks.is_empty() && !file.is_empty() {
            bail!("there is no room in the files that were named");
        }
        let tags = tag
            .iter()
            .map(|tag| match tag.split_once('=') {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (tag.clone(), None),
            })
            .collect();
        let mut wanted = Wanted { tags, all: all || picks.is_empty(), ..Wanted::default() };
        for pick in picks {
            match pick {
                Pick::Arn(arn) => drop(wanted.arns.insert(arn)),
                Pick::Name(glob) => wanted.names.push(glob),
            }
        }
        Ok(wanted)
    }

    /// The rooms that are meant; something must say which.
    pub(crate) fn wanted(self) -> anyhow::Result<Wanted> {
        if self.rooms.is_empty() && self.file.is_empty() && self.tag.is_empty() && !self.all {
            bail!("say which rooms: ARNs, names (`stream-*`), `--tag`, `--file` or `--all`");
        }
        self.or_all()
    }
}

fn picks_in(path: &std::path::Path) -> anyhow::Result<Vec<Pick>> {
    let text = String::from_utf8(file::read(path)?)
        .with_context(|| format!("`{}` is not UTF-8", path.display()))?;
    let mut picks = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let place = || format!("{}:{}", path.display(), number + 1);
        let pick = line.parse().map_err(anyhow::Error::msg).with_context(place)?;
        picks.push(pick);
    }
    Ok(picks)
}

impl Wanted {
    /// Is this room meant?
    pub(crate) fn takes(&self, room: &Room) -> bool {
        let named = self.all
            || self.arns.contains(&room.arn)
            || self.names.iter().any(|glob| matches_glob(glob, &room.name));
        named
            && self.tags.iter().all(|(key, value)| {
                room.tags
                    .get(key)
                    .is_some_and(|had| value.as_ref().is_none_or(|value| value == had))
            })
    }

    /// Is there a room for each name? A pattern may well match none.
    ///
    /// # Errors
    /// Names those that no room has.
    pub(crate) fn each_name_is_among(&self, rooms: &[Room]) -> anyhow::Result<()> {
        let is_pattern = |name: &str| name.contains(['*', '?']);
        let is_there = |name: &str| rooms.iter().any(|room| room.name == name);
        let missing: Vec<String> = self
            .names
            .iter()
            .filter(|name| !is_pattern(name) && !is_there(name))
            .map(|name| format!("`{name}`"))
            .collect();
        if !missing.is_empty() {
            let with_tags = if self.tags.is_empty() { "" } else { " with these tags" };
            bail!(
                "there is no room{with_tags} named {}; `chatwarden rooms` lists those there are",
                missing.join(", ")
            );
        }
        Ok(())
    }

    /// Can rooms be told by their ARNs alone?
    pub(crate) fn is_arns_only(&self) -> bool {
        !self.all && self.names.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::tests::{arn, room};

    fn selection(rooms: &[&str], tag: &[&str]) -> Selection {
        Selection {
            rooms: rooms.iter().map(|pick| pick.parse().unwrap()).collect(),
            tag: tag.iter().map(|tag| (*tag).to_owned()).collect(),
            file: Vec::new(),
            all: false,
        }
    }

    #[test]
    fn rooms_are_picked_by_arn_name_and_tag() {
        let mut lobby = room(1, None);
        lobby.name = "lobby".to_owned();
        lobby.tags.insert("env".to_owned(), "prod".to_owned());
        let stage = room(2, None);
        let first = arn(1).to_string();
        for (rooms, tag, takes) in [
            (vec!["lobby"], vec![], (true, false)),
            (vec!["room-*"], vec![], (false, true)),
            (vec!["room-*", first.as_str()], vec![], (true, true)),
            (vec!["*"], vec!["env"], (true, false)),
            (vec![], vec!["env=prod"], (true, false)),
            (vec![], vec!["env=stage"], (false, false)),
            (vec!["lobb?"], vec!["env", "env=prod"], (true, false)),
        ] {
            let wanted = selection(&rooms, &tag).wanted().unwrap();
            assert_eq!((wanted.takes(&lobby), wanted.takes(&stage)), takes, "{rooms:?} {tag:?}");
        }
    }

    #[test]
    fn a_name_without_a_room_is_told_and_a_pattern_without_one_is_not() {
        let mut lobby = room(1, None);
        lobby.name = "lobby".to_owned();
        let rooms = [lobby];
        let named =
            |names: &[&str]| selection(names, &[]).wanted().unwrap().each_name_is_among(&rooms);
        assert!(named(&["lobby", "stage-*", arn(2).as_str()]).is_ok());
        let error = named(&["lobby", "loby", "Lobby"]).unwrap_err().to_string();
        assert!(error.contains("named `loby`, `Lobby`;"), "{error}");
    }

    #[test]
    fn nothing_is_not_everything() {
        assert!(selection(&[], &[]).wanted().is_err());
        assert!(selection(&[], &[]).or_all().unwrap().takes(&room(1, None)));
        assert!("lobby 2".parse::<Pick>().is_err());
        assert!("arn:aws:ivschat:us-west-2:123456789012:room".parse::<Pick>().is_err());
    }
}
