//! What a model that was exported takes and puts out.

use crate::lang::Lang;
use batchwright_nn::{OnnxModel, OnnxPort};

/// A line for the ONNX file that was written to `path`.
#[must_use]
pub fn exported_model(path: &str, model: &OnnxModel, lang: Lang) -> String {
    let [input, output] = [&model.input, &model.output].map(|port| shown(port, lang));
    let operators = model.operators;
    match lang {
        Lang::En => {
            format!("{path}: ONNX, operators of version {operators}; takes {input}, puts out {output}")
        }
        Lang::Ja => format!("{path}: ONNX (演算子のバージョン {operators})。入力 {input}、出力 {output}"),
    }
}

/// `pixels [batch, 1, 28, 28]`
fn shown(port: &OnnxPort, lang: Lang) -> String {
    let batch = lang.pick("batch", "サンプル数").to_owned();
    let sizes: Vec<String> =
        std::iter::once(batch).chain(port.shape.iter().map(ToString::to_string)).collect();
    format!("{} [{}]", port.name, sizes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_shown_with_the_number_of_samples_first() {
        let port = |name, shape: &[usize]| OnnxPort { name, integers: false, shape: shape.to_vec() };
        let model = OnnxModel {
            bytes: Vec::new(),
            operators: 17,
            input: port("pixels", &[1, 8, 9]),
            output: port("logits", &[10]),
        };
        let text = |lang| exported_model("a.onnx", &model, lang);
        assert!(text(Lang::En).ends_with("takes pixels [batch, 1, 8, 9], puts out logits [batch, 10]"));
        assert!(text(Lang::Ja).contains("pixels [サンプル数, 1, 8, 9]"), "{}", text(Lang::Ja));
    }
}
