using PerceptionEncoder.Data.Items;

namespace PerceptionEncoder.Tests.Data.Items;

public sealed class ImageFolderTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("pe-folders-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Classes_are_the_folders_in_ordinal_order()
    {
        Make("zebra", "Ant", "bee", ".hidden");
        Assert.Equal(["Ant", "bee", "zebra"], ImageFolder.Open(root).Classes);
    }

    [Fact]
    public void Folders_that_are_all_numbers_are_in_the_order_of_the_numbers()
    {
        Make("0", "10", "2", "1");
        Assert.Equal(["0", "1", "2", "10"], ImageFolder.Open(root).Classes);
    }

    [Fact]
    public void Images_are_found_by_extension_at_any_depth()
    {
        foreach (var folder in new[] { "cat/deep", "dog" })
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
        }

        foreach (var name in new[] { "cat/b.JPEG", "cat/deep/a.png", "cat/notes.txt", "dog/c.webp" })
        {
            File.WriteAllText(Path.Combine(root, name), "");
        }

        Assert.Equal(
            ["cat/b.JPEG", "cat/deep/a.png"],
            ImageFolder.Open(root).Images("cat").Select(path => Path.GetRelativePath(root, path)));
    }

    [Fact]
    public void A_folder_without_folders_is_an_error_that_names_it()
        => Assert.Contains(root, Assert.Throws<UserErrorException>(() => ImageFolder.Open(root)).Message, StringComparison.Ordinal);

    [Fact]
    public void Folders_that_are_no_classes_do_not_count_and_are_named()
    {
        Make("cat", "dog/deep", "__MACOSX", "@eaDir", ".ipynb_checkpoints", ".git");
        Directory.CreateDirectory(Path.Combine(root, "empty/deep"));
        File.WriteAllText(Path.Combine(root, "empty/notes.txt"), "");
        var folder = ImageFolder.Open(root);
        Assert.Equal(["cat", "dog"], folder.Classes);
        Assert.Equal("passed over 5 folders that are no classes: .git, .ipynb_checkpoints, @eaDir, __MACOSX, empty", folder.Note);
    }

    private void Make(params string[] folders)
    {
        foreach (var folder in folders)
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
            File.WriteAllText(Path.Combine(root, folder, "x.jpg"), "");
        }
    }
}
