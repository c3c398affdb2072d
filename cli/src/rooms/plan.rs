//! What would be done to each room, before anything is.
//!
//! Pure: rooms as they are, a wish, and what is remembered of them go in, one step for
//! each room comes out. A room that is as it is wished gets no step, so a second run of
//! the same command has nothing to do, and one that was cut short goes on.

use crate::rooms::state::Memory;
use crate::rooms::{FunctionName, Handler, Room};

/// What rooms are to become.
#[derive(Debug, Clone)]
pub(crate) enum Wish {
    /// Have this handler. Another function's place is taken only with `replace`.
    Attach {
        /// The handler to have.
        handler: Handler,
        /// Take the place of another function.
        replace: bool,
    },
    /// Have no handler, if they have this one; without one, whichever they have.
    Detach {
        /// The function to take away.
        handler: Option<FunctionName>,
    },
    /// Have what they had before chatwarden changed them. What somebody else put there
    /// since is undone only with `replace`.
    Restore {
        /// Only rooms that have this one.
        handler: Option<FunctionName>,
        /// Undo what somebody else did.
        replace: bool,
    },
}

/// A room, and what is to be done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    /// As it is.
    pub(crate) room: Room,
    pub(crate) step: Step,
}

/// What is to be done to a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Give it this handler; none takes away the one it has.
    Give(Option<Handler>),
    /// Nothing, and all is well; the reason.
    Keep(&'static str),
    /// Nothing, although it was wished; why, and how to have it done.
    Refuse(String),
}

/// Decides what to do to each room.
pub(crate) fn plan(rooms: Vec<Room>, wish: &Wish, memory: &Memory) -> Vec<Planned> {
    rooms
        .into_iter()
        .map(|room| {
            let step = match wish {
                Wish::Attach { handler, replace } => attach(&room, handler, *replace),
                Wish::Detach { handler } => detach(&room, handler.as_ref()),
                Wish::Restore { handler, replace } => {
                    restore(&room, handler.as_ref(), *replace, memory)
                }
            };
            Planned { room, step }
        })
        .collect()
}

fn attach(room: &Room, wished: &Handler, replace: bool) -> Step {
    let Some(has) = &room.handler else { return Step::Give(Some(wished.clone())) };
    if has == wished {
        return Step::Keep("has it already");
    }
    // Another version or alias, or another fallback result, of the same function.
    let is_ours = match (has.function(), wished.function()) {
        (Some(has), Some(wished)) => has.is_same_function(&wished),
        _ => has.uri == wished.uri,
    };
    if is_ours || replace {
        return Step::Give(Some(wished.clone()));
    }
    Step::Refuse(format!("has the handler `{}`; to replace it, add `--replace`", has.uri))
}

fn detach(room: &Room, only: Option<&FunctionName>) -> Step {
    match &room.handler {
        None => Step::Keep("has no handler"),
        Some(has) if is_other(has, only) => Step::Keep("has another handler"),
        Some(_) => Step::Give(None),
    }
}

fn restore(room: &Room, only: Option<&FunctionName>, replace: bool, memory: &Memory) -> Step {
    let Some(remembered) = memory.of(&room.arn) else {
        return Step::Keep("was not changed from here");
    };
    if room.handler == remembered.had {
        return Step::Keep("has what it had");
    }
    if room.handler.as_ref().is_some_and(|has| is_other(has, only)) {
        return Step::Keep("has another handler");
    }
    if !replace && !remembered.given.contains(&room.handler) {
        let has = match &room.handler {
            Some(handler) => format!("was given the handler `{}`", handler.uri),
            None => "was detached".to_owned(),
        };
        return Step::Refuse(format!("{has} elsewhere since; to undo that too, add `--replace`"));
    }
    Step::Give(remembered.had.clone())
}

fn is_other(has: &Handler, only: Option<&FunctionName>) -> bool {
    only.is_some_and(|name| !has.function().is_some_and(|function| name.is(&function)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::Fallback::{Allow, Deny};
    use crate::rooms::state::Event;
    use crate::rooms::tests::{arn, handler, room};

    fn step(has: Option<Handler>, wish: &Wish, memory: &Memory) -> Step {
        plan(vec![room(1, has)], wish, memory).remove(0).step
    }

    #[test]
    fn attaching_spares_what_is_there_and_what_is_not_ours() {
        let wished = handler("warden", Deny);
        let give = Step::Give(Some(wished.clone()));
        for (has, replace, expected) in [
            (None, false, Some(&give)),
            (Some(wished.clone()), false, Some(&Step::Keep("has it already"))),
            (Some(wished.clone()), true, Some(&Step::Keep("has it already"))),
            (Some(handler("warden", Allow)), false, Some(&give)),
            (Some(handler("warden:live", Deny)), false, Some(&give)),
            (Some(handler("other", Deny)), false, None),
            (Some(handler("other", Deny)), true, Some(&give)),
        ] {
            let wish = Wish::Attach { handler: wished.clone(), replace };
            let step = step(has.clone(), &wish, &Memory::default());
            match expected {
                Some(expected) => assert_eq!(&step, expected, "{has:?}"),
                None => assert!(matches!(step, Step::Refuse(_)), "{has:?}"),
            }
        }
    }

    #[test]
    fn detaching_goes_by_the_function() {
        let only = |name: &str| Wish::Detach { handler: Some(name.parse().unwrap()) };
        let has = || Some(handler("warden:live", Deny));
        let memory = Memory::default();
        assert_eq!(step(has(), &Wish::Detach { handler: None }, &memory), Step::Give(None));
        assert_eq!(step(has(), &only("warden"), &memory), Step::Give(None));
        assert_eq!(step(has(), &only("warden:7"), &memory), Step::Keep("has another handler"));
        assert_eq!(step(None, &only("warden"), &memory), Step::Keep("has no handler"));
    }

    #[test]
    fn a_room_gets_back_what_it_had_unless_somebody_else_came_between() {
        let other = Some(handler("other", Allow));
        let ours = Some(handler("warden", Deny));
        let mut memory = Memory::default();
        memory.see(Event::change(arn(1), other.clone(), ours.clone()));
        let wish = |replace| Wish::Restore { handler: None, replace };
        assert_eq!(step(ours, &wish(false), &memory), Step::Give(other.clone()));
        assert_eq!(step(other.clone(), &wish(false), &memory), Step::Keep("has what it had"));
        let foreign = Some(handler("third", Deny));
        assert!(matches!(step(foreign.clone(), &wish(false), &memory), Step::Refuse(_)));
        assert_eq!(step(foreign, &wish(true), &memory), Step::Give(other));
        let unknown = step(None, &wish(true), &Memory::default());
        assert_eq!(unknown, Step::Keep("was not changed from here"));
    }

    #[test]
    fn what_was_done_is_not_planned_again() {
        let rooms = || vec![room(1, None), room(2, Some(handler("warden", Allow)))];
        let wish = Wish::Attach { handler: handler("warden", Deny), replace: false };
        let memory = Memory::default();
        let done: Vec<Room> = plan(rooms(), &wish, &memory)
            .into_iter()
            .map(|Planned { room, step }| match step {
                Step::Give(handler) => Room { handler, ..room },
                _ => room,
            })
            .collect();
        let again = plan(done, &wish, &memory);
        assert!(again.iter().all(|planned| planned.step == Step::Keep("has it already")));
    }
}
