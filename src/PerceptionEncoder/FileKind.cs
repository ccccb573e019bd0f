using System.Text;

namespace PerceptionEncoder;

/// <summary>What a file is by its first bytes, where it is of a kind that people take for another.</summary>
/// <param name="Name">With its article, such as "a zstd file".</param>
/// <param name="Advice">What to do with it.</param>
internal sealed record FileKind(string Name, string Advice)
{
    /// <summary>So many bytes are enough to tell.</summary>
    public const int HeadLength = 512;

    private const string Repack = "Unpack it";
    private const string ZipName = "a zip archive";

    private static readonly (byte[] Start, FileKind Kind)[] Known =
    [
        ([0x1F, 0x8B], new("a gzip file", $"{Repack} with gzip -d.")),
        ([.. "BZh"u8], new("a bzip2 file", $"{Repack} with bzip2 -d.")),
        ([0x28, 0xB5, 0x2F, 0xFD], new("a zstd file", $"{Repack} with zstd -d.")),
        ([0x04, 0x22, 0x4D, 0x18], new("an lz4 file", $"{Repack} with lz4 -d.")),
        ([0xFD, .. "7zXZ\0"u8], new("an xz file", $"{Repack} with xz -d.")),
        ([.. "LZIP"u8], new("an lzip file", $"{Repack} with lzip -d.")),
        ([.. "PK\u0003\u0004"u8], new(ZipName, $"{Repack} with unzip.")),
        ([.. "7z"u8, 0xBC, 0xAF, 0x27, 0x1C], new("a 7z archive", $"{Repack} with 7z x.")),
        ([.. "Rar!"u8], new("a rar archive", $"{Repack} with unrar x.")),
        ([.. "PAR1"u8], new("a Parquet file", "Export what it holds.")),
        ([.. "ARROW1"u8], new("an Arrow file", "Export what it holds.")),
        ([0x89, .. "HDF"u8], new("an HDF5 file", "Export what it holds.")),
        ([.. "version https://git-lfs"u8], new("a Git LFS pointer", "Fetch the file itself with git lfs pull.")),
    ];

    private static readonly FileKind Page = new(
        "a web page",
        "Download the file again; what came instead is a page, perhaps one for logging in.");
    private static readonly FileKind Xml = new(
        "an XML document",
        "Download the file again; what came instead is perhaps a server's error.");
    private static readonly string[] PageStarts = ["<!doctype html", "<html", "<head", "<body"];

    /// <summary>A zip archive may be what PyTorch writes.</summary>
    public bool IsZip => Name == ZipName;

    /// <summary>The kind of a file; null where it is none of those known.</summary>
    /// <param name="head">Its first bytes, <see cref="HeadLength"/> or fewer.</param>
    public static FileKind? Of(ReadOnlySpan<byte> head)
    {
        foreach (var (start, kind) in Known)
        {
            if (head.StartsWith(start))
            {
                return kind;
            }
        }

        var text = Encoding.Latin1.GetString(head.StartsWith(Encoding.UTF8.Preamble) ? head[3..] : head).TrimStart();
        return Array.Exists(PageStarts, start => text.StartsWith(start, StringComparison.OrdinalIgnoreCase)) ? Page
            : text.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase) ? Xml
            : null;
    }
}
