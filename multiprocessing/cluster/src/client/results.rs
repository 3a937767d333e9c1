//! The results of many items, in the order in which they come.
//!
//! Items go out in messages of many. So many messages are on their way at once that no node waits, and no more: the size of the later ones
//! follows from how long the earlier ones took.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};

use multiprocessing::Error as Process;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::line::{Line, Sending};
use super::{Settings, answer};
use crate::chunks::{Answers, Each, STARMAP, Size, arguments};
use crate::error::{Error, Result};
use crate::message::{Body, Embed, Outcome, Raw, Status, Task};

/// So many messages go out at first, and one more with each answer.
const FIRST: usize = 16;

/// So many messages are on their way at most.
const WINDOW: usize = 256;

/// The bytes of a message's items, beyond which no item is added.
const BYTES: usize = 1 << 20;

/// The results of a task with many items, in the order in which they come. Made by
/// [`Cluster::imap_unordered`](crate::Cluster::imap_unordered).
///
/// Messages are sent while results are asked for. Where it is dropped before the end, no more are sent.
pub struct Results<R> {
    line: Line,
    settings: Settings,
    task: &'static str,
    /// Items that are not sent.
    items: VecDeque<Item>,
    /// Items of chunks whose worker died, or that the broker does not take: each goes alone.
    suspects: VecDeque<Item>,
    size: Size,
    window: usize,
    /// Messages on their way, by number.
    sent: HashMap<u64, Message>,
    number: u64,
    sender: Sender<(u64, Result<Outcome>)>,
    receiver: Receiver<(u64, Result<Outcome>)>,
    ready: VecDeque<(usize, Result<R>)>,
    left: usize,
}

impl<R> fmt::Debug for Results<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Results")
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}

/// The place of an item, and the arguments that it makes.
type Item = (usize, Vec<Raw>);

enum Message {
    Alone(Item),
    Chunk(Vec<Item>),
}

impl<R: DeserializeOwned> Results<R> {
    pub(super) fn new(
        line: Line,
        settings: Settings,
        task: &'static str,
        items: Vec<Vec<Raw>>,
    ) -> Results<R> {
        let (sender, receiver) = channel();
        let left = items.len();
        Results {
            line,
            size: Size::new(settings.chunk),
            settings,
            task,
            items: items.into_iter().enumerate().collect(),
            suspects: VecDeque::new(),
            window: FIRST,
            sent: HashMap::new(),
            number: 0,
            sender,
            receiver,
            ready: VecDeque::new(),
            left,
        }
    }

    /// The next result, and the place of its item.
    pub(super) fn next_placed(&mut self) -> Option<(usize, Result<R>)> {
        loop {
            self.fill();
            if let Some(result) = self.ready.pop_front() {
                self.left -= 1;
                return Some(result);
            }
            if self.sent.is_empty() {
                return None;
            }
            // This end keeps a sender, so that it does not fail.
            let (number, outcome) = self.receiver.recv().ok()?;
            if let Some(message) = self.sent.remove(&number) {
                self.window = (self.window + 1).min(WINDOW);
                self.take(message, outcome);
            }
        }
    }

    /// Sends as much as may be on its way.
    fn fill(&mut self) {
        while self.sent.len() < self.window {
            let message = match self.suspects.pop_front() {
                Some(item) => Message::Alone(item),
                None => match self.cut() {
                    Some(message) => message,
                    None => return,
                },
            };
            match self.send(&message) {
                Ok(()) => {
                    self.sent.insert(self.number, message);
                    self.number += 1;
                }
                Err(error) => self.fail(message, &error),
            }
        }
    }

    /// The next message.
    fn cut(&mut self) -> Option<Message> {
        if self.settings.chunk == Some(1) {
            return self.items.pop_front().map(Message::Alone);
        }
        let most = self.size.next(self.items.len());
        let mut bytes = 0;
        let mut chunk = Vec::new();
        while chunk.len() < most
            && bytes < BYTES
            && let Some(item) = self.items.pop_front()
        {
            bytes += item.1.iter().map(|raw| raw.get().len()).sum::<usize>();
            chunk.push(item);
        }
        (!chunk.is_empty()).then_some(Message::Chunk(chunk))
    }

    fn send(&self, message: &Message) -> Result<()> {
        let id = Uuid::new_v4().to_string();
        let reply_to = Some(self.line.reply_to());
        let task = match message {
            Message::Alone((_, args)) => {
                let body = Body(args.clone(), BTreeMap::new(), Embed::default());
                let mut task = Task::new(id, self.task, body, reply_to);
                let limit = self.settings.timeout.map(|limit| limit.as_secs_f64());
                task.headers.timelimit = Some((limit, None));
                task.headers.tries = self.settings.tries;
                task
            }
            Message::Chunk(items) => {
                let items: Vec<_> = items.iter().map(|(_, args)| args).collect();
                let kwargs = arguments(self.task, &items)?;
                let body = Body(Vec::new(), kwargs, Embed::default());
                let mut task = Task::new(id, STARMAP, body, reply_to);
                task.headers.each = Some(true);
                task.headers.tries = Some(1);
                task
            }
        };
        let (number, sender) = (self.number, self.sender.clone());
        self.line.send(Sending {
            task,
            queue: self.settings.queue.as_str().into(),
            answer: Box::new(move |outcome| {
                let _ = sender.send((number, outcome));
            }),
        });
        Ok(())
    }

    fn take(&mut self, message: Message, outcome: Result<Outcome>) {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error @ Error::TooLarge { .. }) => return self.divide(message, &error),
            Err(error) => return self.fail(message, &error),
        };
        let items = match message {
            Message::Alone((place, _)) => {
                let result = answer::typed(self.task, &outcome);
                return self.ready.push_back((place, result));
            }
            Message::Chunk(items) => items,
        };
        if outcome.status == Status::Success {
            return match self.each(&outcome, items.len()) {
                Ok(each) => {
                    let places = items.into_iter().map(|(place, _)| place);
                    self.ready.extend(places.zip(each));
                }
                Err(error) => self.fail(Message::Chunk(items), &error),
            };
        }
        match answer::failure(&outcome).map(|it| answer::error(self.task, &it)) {
            // One of them killed the worker. Which one, and that one alone, is found by sending each alone.
            Ok(Error::Process(Process::Died { .. })) => self.suspects.extend(items),
            Ok(error) if is_too_large(&error) => {
                self.divide(Message::Chunk(items), &error);
            }
            Ok(error) | Err(error) => self.fail(Message::Chunk(items), &error),
        }
    }

    /// The results of a chunk of so many items: of a node of this crate, or of a Python worker.
    fn each(&mut self, outcome: &Outcome, count: usize) -> Result<Vec<Result<R>>> {
        let text = answer::result(outcome);
        let results: Vec<Result<R>> = match answer::read::<Answers>(text) {
            Ok(answers) => {
                self.size.learn(count, answers.seconds);
                let read = |each| match each {
                    Each::Value(value) => answer::value(value.get()),
                    Each::Exception(exception) => answer::thrown(self.task, exception),
                };
                answers.each.into_iter().map(read).collect()
            }
            Err(_) => {
                let values: Vec<Raw> = answer::read(text)?;
                let read = |value: Raw| answer::value(value.get());
                values.into_iter().map(read).collect()
            }
        };
        match results.len() == count {
            true => Ok(results),
            false => Err(Error::Json {
                action: "read the results of a chunk",
                reason: format!("there are {} of {count}", results.len()),
            }),
        }
    }

    /// The broker does not take a message, or the answer to it: its items go alone, and chunks are smaller from now on.
    fn divide(&mut self, message: Message, error: &Error) {
        match message {
            Message::Chunk(items) if items.len() > 1 => {
                self.size.bound(items.len() / 2);
                self.suspects.extend(items);
            }
            message => self.fail(message, error),
        }
    }

    fn fail(&mut self, message: Message, error: &Error) {
        let items = match message {
            Message::Alone(item) => vec![item],
            Message::Chunk(items) => items,
        };
        let failed = items
            .into_iter()
            .map(|(place, _)| (place, Err(error.clone())));
        self.ready.extend(failed);
    }
}

impl<R: DeserializeOwned> Iterator for Results<R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        self.next_placed().map(|(_, result)| result)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<R: DeserializeOwned> ExactSizeIterator for Results<R> {}

fn is_too_large(error: &Error) -> bool {
    matches!(error, Error::Raised(exception) if exception.is_too_large())
}
