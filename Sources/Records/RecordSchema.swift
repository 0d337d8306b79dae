import Recognition

/// The JSON Schema (draft 2020-12) of the records that `RecordWriter` writes.
public enum RecordSchema {
  public static var text: String {
    """
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": "https://imgrec.invalid/schema/\(RecordWriter.schema)",
      "title": "A record of imgrec: what became of one input",
      "type": "object",
      "required": ["schema", "path", "status"],
      "properties": {
        "schema": {"const": "\(RecordWriter.schema)"},
        "path": {"type": "string", "description": "the input's name; bytes that are not UTF-8 are U+FFFD"},
        "path_bytes": {
          "type": "string", "contentEncoding": "base64", "description": "the exact name, when it is not UTF-8"
        },
        "page": {
          "type": "integer", "minimum": 1, "description": "the page that the record is of, if each page has a record"
        },
        "pages": {"type": "integer", "minimum": 2, "description": "pages of the file, if it has several"},
        "status": {"enum": ["ok", "error"]},
        "digest": {
          "type": "string", "pattern": "^sha256:[0-9a-f]{64}$", "description": "SHA-256 of the file's bytes"
        },
        "bytes": {"type": "integer", "minimum": 0},
        "format": {"enum": \(list(ImageFormat.recordedNames))},
        "width": {"type": "integer", "minimum": 0, "description": "of the upright image, in pixels"},
        "height": {"type": "integer", "minimum": 0, "description": "of the upright image, in pixels"},
        "orientation": {"type": "integer", "minimum": 1, "maximum": 8, "description": "EXIF orientation, applied"},
        "key": {"type": "string", "description": "what a data set calls the image, as its label does"},
        "exif": {
          "type": "object",
          "description": "with --exif: what the file states about how the picture was taken",
          "properties": {
            "taken": {
              "type": "string", "description": "local time",
              "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$"
            },
            "taken_offset": {"type": "string", "pattern": "^[+-][0-9]{2}:[0-9]{2}$", "description": "from UTC"},
            "camera": {"type": "string"},
            "lens": {"type": "string"},
            "gps": {
              "type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3,
              "description": "degrees north, degrees east, metres above sea level (WGS 84)"
            }
          },
          "additionalProperties": false
        },
        "models": {
          "type": "object",
          "description": "the network of each task: name@ and eight digits of its SHA-256",
          "propertyNames": {"enum": \(list(TaskKind.allCases.map(\.rawValue)))},
          "additionalProperties": {"type": "string"}
        },
        "engines": {
          "type": "object",
          "description": "what ran the network of each task, and after slashes its device if that is not the processor, and its precision if that is not f32",
          "propertyNames": {"enum": \(list(TaskKind.allCases.map(\.rawValue)))},
          "additionalProperties": {"enum": \(list(EngineUse.names))}
        },
        "cache": {"enum": ["hit", "miss", "similar", "off"]},
        "similar": {
          "type": "object",
          "description": "the image that looks like this one and whose answer this is",
          "required": ["path", "distance"],
          "properties": {
            "path": {"type": "string"},
            "path_bytes": {"type": "string", "contentEncoding": "base64"},
            "page": {"type": "integer", "minimum": 1},
            "distance": {"type": "integer", "minimum": 0, "description": "bits in which the hashes differ"}
          },
          "additionalProperties": false
        },
        "ms": {
          "type": "object",
          "description": "milliseconds in each stage",
          "required": ["read", "decode", "wait", "infer"],
          "properties": {
            "read": {"type": "number", "minimum": 0},
            "decode": {"type": "number", "minimum": 0},
            "wait": {"type": "number", "minimum": 0},
            "infer": {"type": "number", "minimum": 0}
          },
          "additionalProperties": false
        },
        "warnings": {"type": "array", "minItems": 1, "items": {"type": "string"}},
    \(tasks)
        "files": {
          "type": "object",
          "description": "the files written for the image",
          "properties": {
            "annotated": {"type": "string"},
            "crops": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "cutout": {"type": "string"},
            "cutouts": {"type": "array", "items": {"type": "string"}, "minItems": 2}
          },
          "additionalProperties": false
        },
        "search": {
          "type": "object",
          "description": "of imgrec search: how near the image is to what was searched",
          "required": ["rank", "score"],
          "properties": {
            "rank": {"type": "integer", "minimum": 1, "description": "its position, the nearest first"},
            "score": {"type": "number", "minimum": -1, "maximum": 1, "description": "cosine of the two vectors"}
          },
          "additionalProperties": false
        },
        "error": {
          "type": "object",
          "required": ["stage", "code", "message"],
          "properties": {
            "stage": {"enum": \(list(Failure.Stage.allCases.map(\.rawValue)))},
            "code": {"enum": \(list(Failure.Code.allCases.map(\.rawValue)))},
            "message": {"type": "string"}
          },
          "additionalProperties": false
        }
      },
      "additionalProperties": false,
      "if": {"properties": {"status": {"const": "ok"}}},
      "then": {"required": ["models", "cache", "ms"], "not": {"required": ["error"]}},
      "else": {"required": ["error"]},
      "$defs": {
        "label": {
          "type": "object",
          "required": ["label", "id", "score"],
          "properties": {
            "label": {"type": "string"},
            "id": {"type": "integer", "minimum": 0, "description": "index of the class in the network's output"},
            "score": {"$ref": "#/$defs/score"}
          },
          "additionalProperties": false
        },
        "detection": {
          "type": "object",
          "required": ["score"],
          "properties": {
            "label": {"type": "string"},
            "id": {"type": "integer", "minimum": 0, "description": "index of the class among the model's labels"},
            "text": {"type": "string"},
            "score": {"$ref": "#/$defs/score"},
            "box": {"$ref": "#/$defs/box"},
            "quad": {"$ref": "#/$defs/points"},
            "landmarks": {"$ref": "#/$defs/points"},
            "identity": {"type": "string", "description": "whose face it is, of those in the gallery"},
            "distance": {"type": "number", "minimum": 0, "maximum": 2, "description": "1 - cosine to that person"},
            "age": {"type": "string", "description": "the likeliest span of years, (25-32)"},
            "age_score": {"$ref": "#/$defs/score"},
            "gender": {"enum": ["male", "female"]},
            "gender_score": {"$ref": "#/$defs/score"},
            "vector": {"$ref": "#/$defs/vector"}
          },
          "additionalProperties": false
        },
        "segment": {
          "type": "object",
          "required": ["label", "score", "box", "area"],
          "properties": {
            "label": {"type": "string"},
            "id": {"type": "integer", "minimum": 0, "description": "index of the class among the model's labels"},
            "score": {"$ref": "#/$defs/score"},
            "box": {"$ref": "#/$defs/box"},
            "area": {"type": "integer", "minimum": 0, "description": "pixels of the upright image"},
            "file": {"type": "string", "description": "a PNG of the mask, instead of rle"},
            "rle": {
              "type": "object",
              "description": "COCO's compressed run lengths; size is height, width",
              "required": ["size", "counts"],
              "properties": {
                "size": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2},
                "counts": {"type": "string"}
              },
              "additionalProperties": false
            }
          },
          "additionalProperties": false
        },
        "embedding": {
          "type": "object",
          "required": ["dim"],
          "properties": {
            "dim": {"type": "integer", "minimum": 0},
            "values": {"$ref": "#/$defs/vector"},
            "file": {"type": "string", "description": "a NumPy array that holds the vector, instead of values"},
            "row": {"type": "integer", "minimum": 0, "description": "its row there"}
          },
          "oneOf": [{"required": ["values"]}, {"required": ["file", "row"]}],
          "additionalProperties": false
        },
        "code": {
          "type": "object",
          "required": ["text", "format", "quad"],
          "properties": {
            "text": {"type": "string", "description": "its content; what is not text is U+FFFD"},
            "text_bytes": {
              "type": "string", "contentEncoding": "base64", "description": "the exact content, if it is not text"
            },
            "format": {"type": "string", "description": "its kind: EAN-13, UPC-A, Code128, QRCode and others"},
            "isbn": {"type": "string", "pattern": "^97[89][0-9]{10}$", "description": "of a book"},
            "quad": {"$ref": "#/$defs/points"}
          },
          "additionalProperties": false
        },
        "measures": {"type": "object", "additionalProperties": {"type": "number"}},
        "vector": {"type": "string", "contentEncoding": "base64", "description": "little-endian float32"},
        "box": {
          "type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4,
          "description": "x, y, width, height in pixels of the upright image"
        },
        "points": {
          "type": "array",
          "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
        },
        "upscaled": {
          "type": "object",
          "required": ["scale"],
          "properties": {
            "file": {"type": "string", "description": "where the picture is; none on standard output"},
            "kept": {"const": true, "description": "the file was there already"},
            "width": {"type": "integer", "minimum": 1},
            "height": {"type": "integer", "minimum": 1},
            "scale": {"type": "integer", "minimum": 1},
            "tiles": {"type": "integer", "minimum": 1, "description": "runs of the network"}
          },
          "additionalProperties": false
        },
        "score": {"type": "number", "minimum": 0, "maximum": 1}
      }
    }

    """
  }

  /// One property per task.
  private static var tasks: String {
    TaskKind.allCases.map { task in
      if task == .upscale { return "    \"upscale\": {\"$ref\": \"#/$defs/upscaled\"}," }
      let list = { (item: String) in "{\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/\(item)\"}}" }
      let answer =
        switch task.findingsKind {
        case .labels: list("label")
        case .detections: list("detection")
        case .segments: list("segment")
        case .embedding: "{\"$ref\": \"#/$defs/embedding\"}"
        case .measures: "{\"$ref\": \"#/$defs/measures\"}"
        case .codes: list("code")
        case .upscaled: "{\"$ref\": \"#/$defs/upscaled\"}"
        }
      return "    \"\(task.rawValue)\": \(answer),"
    }.joined(separator: "\n")
  }

  private static func list(_ names: [String]) -> String {
    "[" + names.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
  }
}
