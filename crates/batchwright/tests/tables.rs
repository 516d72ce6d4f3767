//! CSV tables from end to end: described, trained on, evaluated, and predicted without their
//! labels.

#![allow(clippy::unwrap_used, reason = "helpers of tests, where a panic is a failed test")]

mod common;

use common::{Folder, assert_fields, number};
use std::fmt::Write;

/// Numbers in 0..1 that look random but are the same each time.
fn noise(count: usize) -> Vec<f64> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    (0..count).map(|_| next()).collect()
}

/// One house: its cells without the price, and the price.
type House = (String, f64);

/// Prices depend on area, rooms and town. Towns contain commas and quotes; some rooms are missing.
fn houses(count: usize) -> Vec<House> {
    let towns = [("\"Ueno, Tokyo\"", 30.0), ("\"the \"\"old\"\" town\"", 10.0), ("Nara", 0.0)];
    let noise = noise(3 * count);
    let house = |x: &[f64]| {
        let (area, rooms, (town, worth)) =
            (20.0 + 100.0 * x[0], (1.0 + 4.0 * x[1]).floor(), towns[(3.0 * x[2]) as usize]);
        let cell = if x[0] > 0.95 { String::new() } else { rooms.to_string() };
        (format!("{area},{cell},{town}"), 2.0 * area + 5.0 * rooms + worth)
    };
    noise.chunks(3).map(house).collect()
}

fn table(header: &str, rows: impl Iterator<Item = String>) -> String {
    rows.fold(format!("{header}\n"), |mut table, row| {
        writeln!(table, "{row}").unwrap();
        table
    })
}

/// Houses with their prices.
fn priced(houses: &[House]) -> String {
    table("area,rooms,town,price", houses.iter().map(|(cells, price)| format!("{cells},{price}")))
}

/// Houses without their prices.
fn unpriced(houses: &[House]) -> String {
    table("area,rooms,town", houses.iter().map(|(cells, _)| cells.clone()))
}

/// The predictions of a CSV on stdout, in the order of its rows.
fn predictions(csv: &str) -> Vec<&str> {
    csv.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect()
}

/// Prices must not come back in another unit, rows must not change their order, and a category must
/// not get another meaning at prediction time.
#[test]
fn numbers_are_predicted_in_their_own_unit() {
    let (folder, houses) = (Folder::new(), houses(600));
    folder.write("houses.csv", priced(&houses));
    folder.write("new.csv", unpriced(&houses));

    let line =
        "train --data houses.csv --label price --name r --model mlp:32 --epochs 60 --batch-size 16 --lr 0.01";
    let run = folder.object(line);
    assert!(run["test"].get("accuracy").is_none(), "{run:#}");
    let found = folder.object("eval r --data houses.csv --split test");
    assert_eq!(number(&found, "loss"), number(&run, "test.loss"));

    let csv = folder.run("predict r --data new.csv").succeeded().stdout;
    assert!(csv.starts_with("row,prediction\n1,"), "{csv}");
    let predicted = predictions(&csv);
    assert_eq!(predicted.len(), houses.len());
    let errors =
        predicted.iter().zip(&houses).map(|(said, (_, price))| (said.parse::<f64>().unwrap() - price).abs());
    let mean = errors.sum::<f64>() / houses.len() as f64;
    // Prices differ by about 240 in total; predicting their mean gives an error of 50.
    assert!(mean < 6.0, "{mean}");
}

/// If class names come back damaged or swapped, every prediction is wrong.
#[test]
fn classes_are_predicted_by_name() {
    let (folder, houses) = (Folder::new(), houses(600));
    let class = |price: f64| if price > 160.0 { "\"dear, \"\"very\"\"\"" } else { "cheap" };
    let rows = houses.iter().map(|(cells, price)| format!("{cells},{}", class(*price)));
    folder.write("houses.csv", table("area,rooms,town,kind", rows));
    folder.write("new.csv", unpriced(&houses));

    let run = folder.object("train --data houses.csv --label kind --name r --epochs 40");
    assert!(number(&run, "test.accuracy") > 0.9, "{run:#}");
    let csv = folder.run("predict r --data new.csv").succeeded().stdout;
    let right =
        csv.lines().skip(1).zip(&houses).enumerate().filter(|(index, (line, (_, price)))| {
            line.starts_with(&format!("{},{},", index + 1, class(*price)))
        });
    assert!(right.count() > 560, "{csv}");

    let object = folder.object("predict r --data new.csv");
    let first = &object["predictions"][0];
    assert_eq!(first["prediction"], if houses[0].1 > 160.0 { "dear, \"very\"" } else { "cheap" });
    assert!((0.5..=1.0).contains(&number(first, "probability")));
}

/// One output must mean the same two classes as two outputs do, in every command that uses a model.
#[test]
fn two_classes_are_predicted_by_one_output() {
    let (folder, houses) = (Folder::new(), houses(600));
    let class = |price: f64| if price > 160.0 { "dear" } else { "cheap" };
    let rows = houses.iter().map(|(cells, price)| format!("{cells},{}", class(*price)));
    folder.write("houses.csv", table("area,rooms,town,kind", rows));
    folder.write("new.csv", unpriced(&houses));

    let line = "train --data houses.csv --label kind --epochs 40 --model mlp:16";
    let two = folder.object(&format!("{line} --name two"));
    let one = folder.object(&format!("{line} --name one --loss binary_cross_entropy"));
    assert_eq!(number(&two, "parameters") - number(&one, "parameters"), 17.0);
    assert!(number(&one, "test.accuracy") > 0.9, "{one:#}");
    // A loss of the same kind: both are compared with the same constant answer.
    assert!((number(&one, "test.loss") - number(&two, "test.loss")).abs() < 0.1, "{one:#} {two:#}");
    assert_eq!(
        number(&folder.object("eval one --data houses.csv --split test"), "loss"),
        number(&one, "test.loss")
    );

    let csv = folder.run("predict one --data new.csv").succeeded().stdout;
    let predicted = predictions(&csv);
    let right = predicted.iter().zip(&houses).filter(|(said, (_, price))| **said == class(*price));
    assert!(right.count() > 560, "{csv}");
    let shares = csv.lines().skip(1).map(|line| line.rsplit(',').next().unwrap().parse::<f64>().unwrap());
    assert!(shares.into_iter().all(|share| (0.5..=1.0).contains(&share)), "{csv}");
    let exported = folder.object("export one --output one.onnx");
    assert_eq!(exported["outputs"][0]["shape"], serde_json::json!([null, 1]));

    folder
        .run("train --loss binary_cross_entropy")
        .refused(2, &["--loss binary_cross_entropy", "two classes"]);
    let values = "train --data houses.csv --label area --loss binary_cross_entropy --lang ja";
    assert!(folder.run(values).ended_with(2).stderr.contains("2 クラス"));
}

/// If columns are identified by their position instead of their name, the predictions look
/// confident but are meaningless.
#[test]
fn columns_are_known_by_name() {
    let (folder, houses) = (Folder::new(), houses(300));
    folder.write("houses.csv", priced(&houses));
    folder.run("train --data houses.csv --label price --name r --epochs 5").succeeded();
    folder.write("ordered.csv", "area,rooms,town\n50,2,Nara\n90,,\"Ueno, Tokyo\"\n");
    folder.write("shuffled.csv", "town,more,rooms,area\nNara,x,2,50\n\"Ueno, Tokyo\",y,,90\n");
    let said = |file: &str| folder.run(&format!("predict r --data {file}")).succeeded().stdout;
    assert_eq!(said("shuffled.csv"), said("ordered.csv"));

    folder.write("lacking.csv", "area,rooms\n50,2\n");
    folder.run("predict r --data lacking.csv").refused(2, &["lacking.csv", "\"town\"", "the model"]);
    folder.write("text.csv", "area,rooms,town\n50,2,Nara\nlarge,2,Nara\n");
    folder.run("predict r --data text.csv").refused(1, &["text.csv, line 3", "\"area\"", "\"large\""]);
}

/// Missing values and the balance of classes must be visible before training.
#[test]
fn a_table_is_described() {
    let (folder, houses) = (Folder::new(), houses(600));
    folder.write("houses.csv", priced(&houses));
    let missing = houses.iter().filter(|(cells, _)| cells.contains(",,")).count();
    assert!(missing > 0);
    let found = folder.object("data describe --data houses.csv --label price --report page.html");
    assert_fields(&found, "name samples input_shape columns");
    let rooms = found["columns"].as_array().unwrap().iter().find(|column| column["name"] == "rooms").unwrap();
    assert_eq!(number(rooms, "missing"), missing as f64);
    assert!(std::fs::read_to_string(folder.path("page.html")).unwrap().contains("rooms"));
}

/// A table from Germany or Japan must give the same model as the same table in plain form.
#[test]
fn tables_of_the_world_give_the_same_training() {
    let (folder, houses) = (Folder::new(), houses(200));
    let row = |(cells, price): &House| format!("{},{price:.2}", cells.replace("Ueno, ", "上野-"));
    let plain = table("area,rooms,town,price", houses.iter().map(row));
    folder.write("plain.csv", &plain);
    let german = plain.replace(',', ";").replace('.', ",");
    folder.write("german.csv", &german);
    folder.write(
        "wide.tsv",
        plain.replace(',', "\t").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
    );
    let line = "--label price --epochs 2 --batch-size 16";
    let loss = |data: &str| number(&folder.object(&format!("train --data {data} {line}")), "test.loss");
    let expected = loss("plain.csv");
    assert_eq!((loss("german.csv"), loss("wide.tsv")), (expected, expected));

    let said = folder.run(&format!("train --data german.csv {line}")).succeeded().stdout;
    assert!(said.contains("separated by semicolons, with decimal commas"), "{said}");
    let words = ["--lang", "ja", "data", "describe", "--data", "wide.tsv"];
    let said = common::Ended::new(folder.command(&words).output().unwrap()).succeeded().stdout;
    assert!(said.contains("文字コードは UTF-16LE、区切りはタブ"), "{said}");
}

/// What comes through a pipe can be read only once, but a table is read twice.
#[test]
fn standard_input_is_a_table() {
    let (folder, houses) = (Folder::new(), houses(200));
    folder.write("houses.csv", priced(&houses));
    let through = |line: &str| {
        let input = std::fs::File::open(folder.path("houses.csv")).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        common::Ended::new(folder.command(&words).stdin(input).output().unwrap())
    };
    let line = "train --label price --epochs 1 --json --data";
    let piped = through(&format!("{line} - --name piped")).succeeded().object();
    let opened = through(&format!("{line} houses.csv --name opened")).succeeded().object();
    assert_eq!(number(&piped, "test.loss"), number(&opened, "test.loss"));
    let predicted = |data: &str| through(&format!("predict piped --data {data}")).succeeded().stdout;
    assert_eq!(predicted("-"), predicted("houses.csv"));
    through("data describe --data -").succeeded();
    through("find --objective fit --label price --data -")
        .refused(2, &["--data -", "save the table to a file"]);
    assert!(folder.run("train --data - --label y").stderr.contains("stdin: is empty"));
}

/// A table must be seen before it is known what to predict.
#[test]
fn a_table_is_described_without_a_label() {
    let folder = Folder::new();
    folder.write(
        "t.csv",
        "id,x,y\n".to_owned() + &(0..30).map(|i| format!("{i},{},7\n", i % 5)).collect::<String>(),
    );
    let found = folder.object("data describe --data t.csv");
    assert_eq!(
        (found["columns"].as_array().unwrap().len(), found["splits"].as_object().unwrap().len()),
        (1, 0)
    );
    let said = folder.run("data describe --data t.csv").succeeded().stdout;
    assert!(
        said.contains("same value in every row: y.") && said.contains("different in every row: id."),
        "{said}"
    );
    folder.run("train --data t.csv").refused(2, &["--label", "id, x, y"]);
}

/// A file without a header loses its first row in silence, and with it the names of its columns.
#[test]
fn a_table_without_a_header() {
    let folder = Folder::new();
    let rows: String = (0..60).map(|i| format!("{}.5,{},{}\n", i % 7, i % 5, i % 2)).collect();
    folder.write("bare.csv", rows);
    folder.run("train --data bare.csv --label y").refused(2, &["\"y\"", "--no-header"]);
    folder.run("train --data bare.csv --no-header --label column3 --epochs 1 --name r").succeeded();
    let evaluated = folder.object("eval r --data bare.csv --no-header --split all");
    assert_eq!(number(&evaluated, "samples"), 60.0);
    folder.run("predict r --data bare.csv").refused(2, &["column1", "--no-header"]);
}

/// A loss on rows that the model learned by heart says nothing about new rows.
#[test]
fn the_table_of_the_training_is_known_again() {
    let (folder, houses) = (Folder::new(), houses(200));
    folder.write("houses.csv", priced(&houses));
    folder.write(
        "renamed.tsv",
        priced(&houses)
            .replace("Ueno, Tokyo", "Ueno; Tokyo")
            .replace(',', "\t")
            .replace("Ueno; Tokyo", "Ueno, Tokyo"),
    );
    folder.write("new.csv", priced(&houses[..150]));
    let run = folder.object("train --data houses.csv --label price --name r --epochs 1");
    for data in ["houses.csv", "renamed.tsv"] {
        let found = folder.object(&format!("eval r --data {data}"));
        assert_eq!((number(&found, "samples"), &found["trained_on_this_table"]), (20.0, &true.into()));
        assert_eq!(number(&found, "loss"), number(&run, "test.loss"));
        let said = folder.run(&format!("eval r --data {data}")).succeeded().stdout;
        assert!(said.contains("180 of its 200 rows were set aside for training and validation"), "{said}");
    }
    assert_eq!(number(&folder.object("eval r --data houses.csv --split all"), "samples"), 200.0);
    let said = folder.run("eval r --data houses.csv --split all").succeeded().stdout;
    assert!(said.contains("among them rows that training or validation used"), "{said}");
    let found = folder.object("eval r --data new.csv");
    assert_eq!((number(&found, "samples"), &found["trained_on_this_table"]), (150.0, &false.into()));
}
