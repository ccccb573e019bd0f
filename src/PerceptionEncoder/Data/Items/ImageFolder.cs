using PerceptionEncoder.Media;

namespace PerceptionEncoder.Data.Items;

/// <summary>
/// A classification set in the layout of torchvision's ImageFolder: a folder for each class, with its images in it or below. Classes are in
/// ordinal order of their folders; where every folder is a number, as in ImageNet-V2, in the order of the numbers. Folders without images
/// are no classes.
/// </summary>
public sealed class ImageFolder
{
    private ImageFolder(string root, ClassFolders folders)
    {
        Root = root;
        Classes = folders.Names.All(IsNumber) ? [.. folders.Names.OrderBy(int.Parse)] : [.. folders.Names.Order(StringComparer.Ordinal)];
        Note = folders.Note;
    }

    /// <summary>The folder that holds the classes' folders.</summary>
    public string Root { get; }

    /// <summary>Names of the classes' folders.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The folders that are no classes, in one line; null where there are none.</summary>
    public string? Note { get; }

    /// <summary>Opens a folder; of each class one image is looked for.</summary>
    /// <exception cref="UserErrorException">There is no such folder, it cannot be read, or no folder with an image is in it.</exception>
    public static ImageFolder Open(string root)
    {
        var folders = ClassFolders.In(root, MediaFiles.IsImage);
        return folders.Names.Count > 0
            ? new ImageFolder(root, folders)
            : throw new UserErrorException($"{root}: holds no folder with images "
                + $"(.{string.Join(", .", MediaFiles.Images)}){(folders.Note is { } note ? $"; {note}" : "")}. "
                + "Give a set with a folder for each class.");
    }

    /// <summary>Whether a name is a class index, as ImageNet-V2 names its folders.</summary>
    public static bool IsNumber(string name) => name.Length is > 0 and < 10 && name.All(char.IsAsciiDigit);

    /// <summary>Paths of the images of one class, in ordinal order.</summary>
    /// <exception cref="UserErrorException">The folder cannot be read.</exception>
    public IEnumerable<string> Images(string name) => FolderTree.Files(Path.Combine(Root, name)).Where(MediaFiles.IsImage);

    /// <summary>Paths of the other files of one class.</summary>
    /// <exception cref="UserErrorException">The folder cannot be read.</exception>
    internal IEnumerable<string> Others(string name) => FolderTree.Files(Path.Combine(Root, name)).Where(path => !MediaFiles.IsImage(path));
}
