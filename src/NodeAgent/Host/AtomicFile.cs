using System.Text;
using StreamClips.Storage;

namespace StreamClips.NodeAgent.Host;

/// <summary>Small files that are there whole, old or new, whatever happens in between. Only their owner may read them.</summary>
public static class AtomicFile
{
    /// <summary>Replaces a file's text: temporary file, optional sync to the disk, rename.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">What it shall hold.</param>
    /// <param name="durable">It must also outlast a power cut.</param>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    public static void Write(string path, string text, bool durable)
    {
        var temporary = path + ".new";
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var file = new FileStream(temporary, options))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            if (durable) file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        if (durable) DirectorySync.Sync(Path.GetDirectoryName(path)!);
    }
}
