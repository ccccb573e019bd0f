namespace PerceptionEncoder.Data;

/// <summary>
/// A classification set in the layout of torchvision's ImageFolder: a folder for each class, with its images in it or below. Classes are in ordinal order of
/// their folders; where every folder is a number, as in ImageNet-V2, in the order of the numbers.
/// </summary>
public sealed class ImageFolder
{
    private static readonly HashSet<string> Extensions = new(["jpg", "jpeg", "png", "webp", "bmp", "gif"], StringComparer.OrdinalIgnoreCase);
    private static readonly EnumerationOptions Visible = new() { AttributesToSkip = FileAttributes.Hidden | FileAttributes.System, IgnoreInaccessible = false };

    private ImageFolder(string root, IReadOnlyList<string> classes)
    {
        Root = root;
        Classes = classes;
    }

    /// <summary>The folder that holds the classes' folders.</summary>
    public string Root { get; }

    /// <summary>Names of the classes' folders.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Opens a folder; the images themselves are looked at when they are asked for.</summary>
    /// <exception cref="UserErrorException">There is no such folder, it cannot be read, or no folder is in it.</exception>
    public static ImageFolder Open(string root)
    {
        string[] classes;
        try
        {
            classes = [.. new DirectoryInfo(root).EnumerateDirectories("*", Visible).Select(folder => folder.Name)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{root}: cannot be read ({failure.Message.ReplaceLineEndings(" ")}). Check the folder and its permissions.", failure);
        }

        return classes.Length > 0
            ? new ImageFolder(root, Array.TrueForAll(classes, IsNumber) ? [.. classes.OrderBy(int.Parse)] : [.. classes.Order(StringComparer.Ordinal)])
            : throw new UserErrorException($"{root}: holds no folder. Give a set with a folder for each class.");
    }

    /// <summary>Whether a name is a class index, as ImageNet-V2 names its folders.</summary>
    public static bool IsNumber(string name) => name.Length is > 0 and < 10 && name.All(char.IsAsciiDigit);

    /// <summary>Paths of the images of one class, in ordinal order.</summary>
    /// <exception cref="UserErrorException">The folder cannot be read.</exception>
    public IEnumerable<string> Images(string name)
        => FolderTree.Files(Path.Combine(Root, name)).Where(path => Extensions.Contains(Path.GetExtension(path).TrimStart('.')));
}
