//! A graph that is being built: operators, each with a name for what comes out, and constants.

use crate::onnx::messages::{Attribute, Constant, Node, NumberKind};
use std::collections::HashSet;

/// A graph that is being built.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) constants: Vec<Constant>,
    /// Names of constants that are there.
    known: HashSet<String>,
}

impl Graph {
    /// An operator without attributes; returns the name of its output.
    pub(crate) fn node(&mut self, operator: &str, inputs: &[&str]) -> String {
        self.node_with(operator, inputs, Vec::new())
    }

    pub(crate) fn node_with(&mut self, operator: &str, inputs: &[&str], attribute: Vec<Attribute>) -> String {
        let name = format!("{operator}_{}", self.nodes.len());
        self.push(operator, inputs, vec![name.clone()], attribute);
        name
    }

    /// An operator whose output has this name.
    pub(crate) fn named(&mut self, operator: &str, inputs: &[&str], name: &str) {
        self.push(operator, inputs, vec![name.to_owned()], Vec::new());
    }

    /// The parts of a tensor along its last dimension.
    pub(crate) fn split<const N: usize>(&mut self, x: &str, width: usize) -> [String; N] {
        let sizes = self.whole_numbers(&[width as i64; N]);
        let at = self.nodes.len();
        let names: [String; N] = std::array::from_fn(|part| format!("Split_{at}_{part}"));
        self.push("Split", &[x, &sizes], names.to_vec(), vec![Attribute::int("axis", -1)]);
        names
    }

    /// The same numbers in another shape; the first dimension, the samples, stays.
    pub(crate) fn reshape(&mut self, x: &str, shape: &[usize]) -> String {
        // 0 is the dimension that comes in.
        let shape: Vec<i64> = std::iter::once(0).chain(shape.iter().map(|&size| size as i64)).collect();
        let shape = self.whole_numbers(&shape);
        self.node("Reshape", &[x, &shape])
    }

    pub(crate) fn transpose<const N: usize>(&mut self, x: &str, order: [usize; N]) -> String {
        self.node_with("Transpose", &[x], vec![Attribute::ints("perm", order)])
    }

    fn push(&mut self, operator: &str, inputs: &[&str], output: Vec<String>, attribute: Vec<Attribute>) {
        self.nodes.push(Node {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output,
            op_type: operator.to_owned(),
            attribute,
        });
    }

    /// A constant of real numbers. One of this name that is there already is the same.
    pub(crate) fn numbers(&mut self, name: &str, shape: &[usize], numbers: &[f32]) -> String {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.constant(name, NumberKind::Float, shape, bytes)
    }

    /// A constant of one number.
    pub(crate) fn number(&mut self, number: f32) -> String {
        self.numbers(&format!("number_{number:?}"), &[], &[number])
    }

    fn whole_numbers(&mut self, numbers: &[i64]) -> String {
        let words: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let name = format!("list_{}", words.join("_"));
        self.constant(&name, NumberKind::Int64, &[numbers.len()], bytes)
    }

    fn constant(&mut self, name: &str, kind: NumberKind, shape: &[usize], raw_data: Vec<u8>) -> String {
        if self.known.insert(name.to_owned()) {
            let dims = shape.iter().map(|&size| size as i64).collect();
            self.constants.push(Constant { dims, data_type: kind as i32, name: name.to_owned(), raw_data });
        }
        name.to_owned()
    }
}
