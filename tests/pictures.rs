//! Pictures of launches: small goldens, hostile texts, real readers, and the command that draws them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use launchd::{
    core::{
        model::{
            Timestamp,
            activity::Need,
            area::Phase,
            event::EventKind,
            launch::{Freeze, Launch},
            observed::Observed,
        },
        plan::{Desired, Plan, plan},
        schedule::forecast::{Forecast, forecast},
    },
    ui::{
        api,
        pictures::{Gantt, Graph, Subject},
        render::View,
    },
};

use crate::fixtures::{self, at, id, milestone, name};

/// What a picture is made of, kept in one place.
struct Scene {
    launch: Launch,
    observed: Observed,
    plan: Plan,
    forecast: Forecast,
}

impl Scene {
    fn new(launch: Launch, events: Vec<EventKind>, now: Timestamp) -> Self {
        let state = fixtures::state(&launch, now - chrono::TimeDelta::days(1), events);
        let observed = Observed { state, ..Observed::default() };
        let plan = plan(Desired::Launch { launch: &launch, revision: &launch.revision() }, &observed, now);
        let forecast = forecast(&launch, &observed.state, now, None).unwrap();
        Self { launch, observed, plan, forecast }
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            launch: &self.launch,
            plan: &self.plan,
            forecast: Some(&self.forecast),
            baseline: Some(&self.launch),
            foreign: Some(&self.observed.foreign),
        }
    }

    /// Every form of both pictures.
    fn all(&self, activities: bool) -> Vec<(&'static str, String)> {
        let subjects = [self.subject()];
        let (graph, gantt) = (Graph::of(&subjects, activities), Gantt::of(&subjects, activities));
        vec![
            ("graph, tree", graph.tree(&view())),
            ("graph, Mermaid", graph.mermaid()),
            ("graph, DOT", graph.dot()),
            ("graph, JSON", api::graph::graph(&graph)),
            ("graph, SVG", graph.svg()),
            ("Gantt, text", gantt.text(&view())),
            ("Gantt, Mermaid", gantt.mermaid()),
            ("Gantt, JSON", api::graph::gantt(&gantt)),
            ("Gantt, SVG", gantt.svg()),
        ]
    }
}

fn view() -> View {
    View { width: 100, colour: false, all: false, brief: false, now: at("2027-03-22") }
}

/// Readiness is late, legal is done, launch day needs both and another launch, a review follows.
fn scene() -> Scene {
    let mut launch = fixtures::atlas();
    launch.milestones.insert(1, milestone("legal", Phase::PreLaunch, "2027-03-20", &[]));
    launch.milestones[2].needs.push(Need::Milestone(id("legal")));
    launch.milestones[2].needs.push(Need::Foreign { launch: name("orbit"), milestone: id("beta_done") });
    launch.milestones.push(milestone("review", Phase::PostLaunch, "2027-04-15", &["launch_day"]));
    launch.milestones[3].start = Some(at("2027-04-02"));
    launch.milestones[3].fixed = true;
    let freeze = |from, until| Freeze {
        calendar: None,
        name: "Quarter end".into(),
        from: at(from),
        until: at(until),
        except: vec![],
    };
    launch.freezes = vec![freeze("2027-03-29", "2027-03-31")];
    Scene::new(launch, vec![EventKind::MilestoneCompleted { milestone: id("legal") }], at("2027-03-22"))
}

#[test]
fn a_small_launch_is_drawn_in_every_form() {
    let all = scene().all(true);
    let text: Vec<String> = all.iter().map(|(form, text)| format!("=== {form}\n{text}")).collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn the_same_launch_is_drawn_the_same_way_every_time() {
    assert_eq!(scene().all(true), scene().all(true));
    assert_eq!(scene().all(false), scene().all(false));
}

/// Texts that would end a label, begin a comment or a statement, or become markup.
const HOSTILE: [&str; 22] = [
    "\"quoted\" 'text' `code`",
    "a]b --> c; d",
    "[x](y) {z} |pipe| >flag] ((circle)) {{hex}}",
    "%% comment",
    "%%{init: {\"theme\":\"dark\"}}%%",
    "click m_readiness href \"javascript:alert(1)\"",
    "end",
    "subgraph x",
    "section x",
    "title x :done, 2020-01-01, 1d",
    "1. first",
    "- dash --- ---- ==> -.->",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</svg><svg onload=alert(1)>",
    "&amp; &#60; &lt; ]]> <!-- x --> <![CDATA[ x ]]>",
    "back\\slash \\N \\G \\",
    "line\nbreak\r\nand\ttab\u{0}\u{7}",
    "#35; #quot; ##",
    "🚀 family 👩‍👩‍👧‍👦 日本語",
    "שלום עולם \u{202e}gnp.exe",
    "Z\u{337}\u{337}\u{337}\u{337}\u{337}\u{337}\u{337}\u{337}algo",
    "",
];

/// A launch in which every text is one of these.
fn hostile() -> Scene {
    let mut launch = fixtures::empty_launch("hostile");
    launch.title = HOSTILE.join(" ");
    for (at, text) in HOSTILE.iter().enumerate() {
        let before = at.checked_sub(1).map(|n| format!("m{n}"));
        let needs: Vec<&str> = before.as_deref().into_iter().collect();
        let mut own = milestone(&format!("m{at}"), Phase::PreLaunch, "2027-03-18", &needs);
        (own.title, own.owner) = ((*text).to_owned(), Some((*text).to_owned()));
        let mut task = fixtures::task(&format!("t{at}"), &format!("m{at}"));
        (task.title, task.owner) = (Some((*text).to_owned()), Some((*text).to_owned()));
        launch.milestones.push(own);
        launch.activities.push(task);
    }
    // Names that mean something to Mermaid or DOT.
    for word in ["end", "graph", "subgraph", "node", "class", "style", "o", "x"] {
        launch.milestones.push(milestone(word, Phase::Launch, "2027-04-01", &["m3"]));
    }
    Scene::new(launch, vec![], at("2027-03-22"))
}

#[test]
fn hostile_texts_stay_texts_in_svg() {
    for activities in [false, true] {
        for (form, text) in hostile().all(activities).into_iter().filter(|(form, _)| form.ends_with("SVG")) {
            let document = roxmltree::Document::parse(&text).unwrap_or_else(|e| panic!("{form}: {e}"));
            let known =
                ["svg", "title", "desc", "style", "rect", "text", "g", "path", "circle", "line", "defs", "pattern"];
            for element in document.descendants().filter(roxmltree::Node::is_element) {
                assert!(known.contains(&element.tag_name().name()), "{form} has {:?}", element.tag_name());
                let foreign =
                    |a: &roxmltree::Attribute<'_, '_>| a.name().starts_with("on") || a.name().contains("href");
                assert!(!element.attributes().any(|a| foreign(&a)), "{form} has {element:?}");
            }
        }
    }
}

#[test]
fn pictures_say_what_they_show_to_those_who_cannot_see_them() {
    for (form, text) in scene().all(false).into_iter().filter(|(form, _)| form.ends_with("SVG")) {
        let document = roxmltree::Document::parse(&text).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"), "{form}");
        let said: Vec<&str> = root.attribute("aria-labelledby").unwrap().split(' ').collect();
        for id in said {
            let found = document.descendants().find(|n| n.attribute("id") == Some(id)).unwrap();
            assert!(!found.text().unwrap().is_empty(), "{form}: {id}");
        }
        assert!(text.contains("@media screen and (prefers-color-scheme:dark)"), "{form}");
        assert!(document.descendants().filter(|n| n.has_tag_name("title")).count() > 4, "{form} has tooltips");
    }
}

/// The statements that Mermaid allows, of which nothing is left to a text of a user.
fn is_mermaid(line: &str) -> bool {
    const LABEL: &str = r"(?:</?b>|<br>|[A-Za-z0-9 .,/()+-]|·|[^\x00-\x7f]|#[0-9]+;)*";
    const ID: &str = "[A-Za-z][A-Za-z0-9_]*";
    let forms = [
        r"%%\{init: \{.flowchart.: \{.wrappingWidth.: 320\}\}\}%%".to_owned(),
        r"%%\{init: \{.gantt.: \{.leftPadding.: [0-9]+\}\}\}%%".to_owned(),
        "flowchart LR|gantt|direction (LR|TB)|end".to_owned(),
        format!("subgraph {ID}\\[\"{LABEL}\"\\]"),
        format!("{ID}(\\[|\\(\\[|\\{{\\{{|\\[/)\"{LABEL}\"(\\]|\\]\\)|\\}}\\}}|/\\])"),
        format!("{ID} (-->|==>|-\\.->|-\\. opens \\.->) {ID}"),
        format!("classDef {ID} [a-z0-9#:,. -]+|class {ID}(,{ID})* {ID}"),
        format!("(title|section) {LABEL}"),
        "dateFormat YYYY-MM-DD(THH:mm)?|axisFormat [%a-zA-Z :]+|tickInterval [0-9]+[a-z]+|weekday monday".to_owned(),
        "excludes (weekends|[0-9-]+)(, [0-9-]+)*".to_owned(),
        format!("{LABEL} :((done|active|crit|milestone|vert), )*{ID}(, [0-9T:-]+){{2}}"),
    ];
    let line = line.trim();
    forms.iter().any(|form| regex::Regex::new(&format!("^(?:{form})$")).unwrap().is_match(line))
}

#[test]
fn every_line_of_mermaid_is_a_statement_whatever_the_texts_are() {
    for scene in [scene(), hostile()] {
        for activities in [false, true] {
            for (form, text) in scene.all(activities).into_iter().filter(|(form, _)| form.ends_with("Mermaid")) {
                for line in text.lines() {
                    assert!(is_mermaid(line), "{form}: {line}");
                }
                let count = |word: &str| text.lines().filter(|l| l.trim().split(' ').next() == Some(word)).count();
                assert_eq!(count("subgraph"), count("end"), "{form}");
            }
        }
    }
}

/// What Graphviz makes of a text, or `None` where it is not installed.
fn graphviz(dot: &str) -> Option<(bool, String)> {
    let mut command = Command::new("dot");
    command.arg("-Tplain").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut command = command.spawn().ok()?;
    command.stdin.take().unwrap().write_all(dot.as_bytes()).unwrap();
    let output = command.wait_with_output().unwrap();
    Some((output.status.success() && output.stderr.is_empty(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[test]
fn graphviz_reads_every_graph_without_a_word() {
    for scene in [scene(), hostile()] {
        for activities in [false, true] {
            let graph = Graph::of(&[scene.subject()], activities);
            let Some((accepted, plain)) = graphviz(&graph.dot()) else {
                eprintln!("skipped: Graphviz is not installed (`dot`)");
                return;
            };
            assert!(accepted, "{}", graph.dot());
            let nodes = plain.lines().filter(|l| l.starts_with("node ")).count();
            let edges = plain.lines().filter(|l| l.starts_with("edge ")).count();
            let parts: usize = graph.nodes.iter().map(|n| n.parts.len()).sum();
            assert_eq!((nodes, edges), (graph.nodes.len() + parts, graph.edges.len()));
        }
    }
}

#[test]
fn launches_that_need_each_other_stand_in_one_graph() {
    let (first, mut second) = (scene(), fixtures::empty_launch("orbit"));
    second.milestones = vec![milestone("beta_done", Phase::PreLaunch, "2027-02-01", &[])];
    let second = Scene::new(second, vec![], at("2027-03-22"));
    let alone = Graph::of(&[first.subject()], false);
    let elsewhere = alone.nodes.iter().find(|n| n.is_elsewhere()).unwrap();
    assert_eq!((elsewhere.id.as_str(), elsewhere.due), ("orbit/beta_done", None));
    let both = Graph::of(&[first.subject(), second.subject()], false);
    assert!(!both.nodes.iter().any(|n| n.is_elsewhere()));
    let foreign: Vec<_> = both.edges.iter().filter(|e| e.foreign).collect();
    assert_eq!(foreign.len(), 1);
    assert_eq!(both.nodes[foreign[0].from.node].id, "orbit/beta_done");
    assert_eq!(both.nodes[foreign[0].to.node].id, "atlas/launch_day");
    let gantt = Gantt::of(&[first.subject(), second.subject()], false);
    assert!(gantt.rows().any(|r| r.id == "orbit/beta_done"));
    assert!(gantt.arrows.len() >= 4, "{:?}", gantt.arrows);
}

#[test]
fn a_late_milestone_is_drawn_late_and_a_complete_one_when_it_was_done() {
    let scene = scene();
    let gantt = Gantt::of(&[scene.subject()], false);
    let row = |id: &str| gantt.rows().find(|r| r.id == id).unwrap().clone();
    let readiness = row("readiness");
    assert_eq!((readiness.late_days, readiness.expected), (14, fixtures::target()), "an activity of it is due at T");
    assert!(readiness.why.is_some(), "the tooltip says why");
    let legal = row("legal");
    assert_eq!((legal.is_done(), legal.percent(), legal.late_days), (true, 100, 1));
    let svg = gantt.svg();
    assert!(svg.contains("18 Mar +14 d") && svg.contains("done 21 Mar, 1 d late"), "{svg}");
    assert!(svg.contains("today, 22 Mar") && svg.contains("Quarter end: nothing starts from"));
}

#[test]
fn ticks_suit_a_weekend_a_quarter_and_a_decade() {
    let ticks = |from: &str, due: &str| {
        let mut launch = fixtures::empty_launch("ticks");
        launch.milestones = vec![milestone("only", Phase::PreLaunch, due, &[])];
        launch.milestones[0].start = Some(at(from));
        launch.target = at(due);
        let scene = Scene::new(launch, vec![], at(from));
        Gantt::of(&[scene.subject()], false).svg()
    };
    let weekend = ticks("2027-03-13T09:00", "2027-03-14T18:00");
    assert!(weekend.contains(">12:00<") && weekend.contains("Saturday 13 March"), "{weekend}");
    let quarter = ticks("2027-01-04", "2027-03-29");
    assert!(quarter.contains(">February 2027<") && quarter.contains(">15<"), "{quarter}");
    let decade = ticks("2027-01-04", "2036-03-29");
    assert!(decade.contains(">2031<") && !decade.contains("class=\"off\""), "{decade}");
    let millennium = ticks("2027-01-04", "3500-03-29");
    assert!(millennium.contains(">2500<"), "{millennium}");
}

#[test]
fn the_command_takes_the_form_from_the_files_name_and_refuses_what_it_does_not_have() {
    let folder = tempfile::tempdir().unwrap();
    let plan = "apiVersion: launchd/v1\nkind: Launch\nmetadata: { name: atlas }\nspec:\n  title: Atlas\n  \
                launch_type: feature_update\n  target_date: 2027-04-01T09:00\n  timezone: Europe/Berlin\n  owner: ana\n";
    fs::create_dir(folder.path().join("launches")).unwrap();
    fs::write(folder.path().join("launches/atlas.yaml"), plan).unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_launchd"));
        command.current_dir(folder.path()).env_clear().env("LAUNCHD_CLOCK", "2026-11-23T09:00:00Z").args(args);
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    for (file, begins) in [
        ("a.svg", "<svg "),
        ("a.mmd", "%%{init"),
        ("a.dot", "digraph "),
        ("a.json", "{\n  \"version\": 1,\n  \"kind\": \"graph\""),
        ("a.txt", "Atlas (atlas), launches 2027-04-01"),
    ] {
        let (code, out, err) = run(&["graph", "atlas", "--out", file]);
        assert_eq!((code, out.as_str(), err.as_str()), (0, "", format!("Wrote {file}.\n").as_str()));
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(text.starts_with(begins), "{text}");
    }
    let (code, chart, _) = run(&["graph", "atlas", "--gantt", "-o", "mermaid"]);
    assert!(code == 0 && chart.contains("\ngantt\n"), "{chart}");
    let (code, _, problem) = run(&["graph", "atlas", "--gantt", "-o", "dot"]);
    assert!(code != 0 && problem.contains("no form `dot`") && problem.contains("-o svg"), "{problem}");
    let (code, _, problem) = run(&["graph", "atlas", "--out", "nowhere/a.svg"]);
    assert!(code != 0 && problem.contains("nowhere/a.svg"), "{problem}");
    let (code, _, problem) = run(&["graph", "atlsa"]);
    assert!(code != 0 && problem.contains("did you mean `atlas`?"), "{problem}");
    let (_, tree, _) = run(&["graph", "atlas", "--milestone", "marketing_campaign_ready"]);
    assert!(tree.contains("product_readiness") && !tree.contains("launch_day"), "{tree}");
    let (code, _, problem) = run(&["graph", "atlas", "--milestone", "launch_dya"]);
    assert!(code != 0 && problem.contains("did you mean `launch_day`?"), "{problem}");
}
