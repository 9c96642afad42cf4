/**
 * ONNX Runtime's builds for Node report usage with a device id to their maker unless this is set before the library is
 * loaded. hivis sends nothing anywhere unasked. Imported for its effect, before `onnxruntime-node`.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
