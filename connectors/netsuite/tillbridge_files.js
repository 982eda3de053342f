/**
 * Stores a file in a folder and attaches it to a vendor bill. Posted: record, id, name, media_type, content (base64).
 * A name that is there already is the same file, since it holds the hash of its content.
 *
 * @NApiVersion 2.1
 * @NScriptType Restlet
 */
define(['N/error', 'N/file', 'N/record', 'N/runtime'], (error, file, record, runtime) => {
  const FOLDER = 'custscript_tillbridge_folder';
  const RECORDS = { vendorBill: record.Type.VENDOR_BILL };
  const TYPES = { 'application/pdf': 'PDF', 'image/jpeg': 'JPGIMAGE', 'image/png': 'PNGIMAGE' };

  const folder = () => runtime.getCurrentScript().getParameter({ name: FOLDER });

  const get = () => ({ ready: Boolean(folder()) });

  const post = (told) => {
    const kind = RECORDS[told.record];
    if (!kind || !folder()) {
      throw error.create({ name: 'TILLBRIDGE_SETUP', message: 'No such record, or the script has no folder.' });
    }
    const id = file
      .create({
        name: told.name,
        // Anything else is kept as it came: texts would be stored in another encoding.
        fileType: file.Type[TYPES[told.media_type] || 'MISCBINARY'],
        contents: told.content,
        folder: folder(),
      })
      .save();
    record.attach({ record: { type: 'file', id }, to: { type: kind, id: told.id } });
    return { file: id };
  };

  return { get, post };
});
