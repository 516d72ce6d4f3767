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
